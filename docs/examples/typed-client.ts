// A platform's first call with the types that openapi-typescript makes of openapi.json: a batch sent, its receipt read.
//   openapi-typescript openapi.json --output overtone.ts --default-non-nullable false
//   tsc --strict --target es2022 --module es2022 --moduleResolution bundler typed-client.ts && node typed-client.js http://localhost:8000 TOKEN
import type { components, paths } from "./overtone";

type Batch = components["schemas"]["UsageBatch"];
type Problem = components["schemas"]["Problem"];
type Json<Reply> = Reply extends { content: { "application/json": infer Body } } ? Body : never;
type Receipt = Json<paths["/v1/usage"]["post"]["responses"][201]>;
type Party = Json<paths["/v1/parties/{party_id}"]["get"]["responses"][200]>;

declare const process: { argv: string[] };
const [, , api, token] = process.argv;

async function call<Answer>(method: string, path: string, body?: object): Promise<Answer | Problem> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(`${api}${path}`, { method, headers, body: body && JSON.stringify(body) });
  return (await answer.json()) as Answer | Problem;
}

function taken<Answer>(answer: Answer | Problem): Answer {
  const { title, detail } = answer as Problem;
  if (detail !== undefined && title !== undefined) {
    throw new Error(`${title}: ${detail}`);
  }
  return answer as Answer;
}

const batch: Batch = {
  batch_id: "typed-2",
  records: [
    { record_id: "r-2", subject: "isrc:SEABC2600001", use: "stream", used_on: "2026-10-01", quantity: 12, territory: "SE" },
  ],
};
const receipt = taken(await call<Receipt>("POST", "/v1/usage", batch));
console.log(receipt.status, receipt.received, receipt.accepted);

const party = taken(await call<Party>("GET", `/v1/parties/${receipt.reporter}`));
console.log(party.name, party.country);

const missing = (await call<Receipt>("GET", "/v1/usage/never-sent")) as Problem;
console.log(missing.status, missing.title);
export {};
