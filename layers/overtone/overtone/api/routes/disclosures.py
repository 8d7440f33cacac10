"""What labs and administrators disclose: attributions, training runs, revenue, levies; and what is known of an output."""

from typing import Final

from overtone.api.answers.receipts import AttributionReceipt, LevyReceipt, Output, RevenueReceipt, TrainingReceipt
from overtone.api.descriptions import ReplyForm, taken
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routing import Routes
from overtone.facts.intake import ATTRIBUTION, LEVIES, LEVY, REVENUE, TRAINING
from overtone.facts.reports import AttributionReport, LevyDeposit, RevenueReport, TrainingRun
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.steps import disclosures, withdrawals
from overtone.views import outputs

routes = Routes()
WRITE: Final = ("disclosures.write",)


@routes.post(
    "/v1/attributions",
    scopes=WRITE,
    summary="Disclose which works outputs owe to",
    body=AttributionReport,
    replies=taken("The receipt", AttributionReceipt),
)
def post_attributions(request: Request) -> Reply:
    report, caller = validated(AttributionReport, request.identified("report_id"), "report"), request.caller
    licensee = report.licensee or caller.acts_for(None, "licensee")
    if licensee != caller.party_id and not caller.is_admin:
        disclosures.check_may_attribute(caller.party_id, licensee)
    return receipt_reply(disclosures.accept_attributions(report, licensee, caller.name))


@routes.post(
    "/v1/training-runs",
    scopes=WRITE,
    summary="State the works of a training run",
    body=TrainingRun,
    replies=taken("The receipt", TrainingReceipt),
)
def post_training_run(request: Request) -> Reply:
    run = validated(TrainingRun, request.identified("run_id"), "training run")
    return receipt_reply(disclosures.accept_run(run, request.caller.acts_for(run.licensee, "licensee")))


@routes.post(
    "/v1/revenue", scopes=WRITE, summary="Report a month's net revenue", body=RevenueReport, replies=taken("The receipt", RevenueReceipt)
)
def post_revenue(request: Request) -> Reply:
    report = validated(RevenueReport, request.identified("report_id"), "revenue")
    return receipt_reply(disclosures.accept_revenue(report, request.caller.acts_for(report.licensee, "licensee")))


@routes.post("/v1/levies", scopes=["admin"], summary="Deposit a levy", body=LevyDeposit, replies=taken("The receipt", LevyReceipt))
def post_levy(request: Request) -> Reply:
    deposit = validated(LevyDeposit, request.identified("levy_id"), "levy")
    return receipt_reply(disclosures.accept_levy(deposit, deposit.administrator or request.caller.name))


@routes.get(
    "/v1/outputs/{output_id}",
    scopes=[*WRITE, "registry.write", "statements.read", "finance"],
    summary="An output's disclosures, and its usage by month",
    replies={200: ReplyForm("The disclosures by revision, the one in force, and usage by month", Output)},
)
def get_output(request: Request) -> Reply:
    return Reply(outputs.view(request.path["output_id"], request.caller.may_read))


_READ: Final = (*WRITE, "finance")
_WHOSE: Final = {"licensee": "whose, for finance and admin"}


def _licensee(request: Request) -> str:
    return request.caller.reads_for(request.query.get("licensee"), "licensee")


def _own(request: Request) -> str:
    return request.caller.acts_for(request.query.get("licensee"), "licensee")


@routes.get(
    "/v1/training-runs/{run_id}",
    scopes=_READ,
    summary="A training run's receipt",
    query=_WHOSE,
    replies={200: ReplyForm("The receipt", TrainingReceipt)},
)
def get_training_run(request: Request) -> Reply:
    return Reply(withdrawals.shown(TRAINING, _licensee(request), request.path["run_id"]))


@routes.delete(
    "/v1/training-runs/{run_id}",
    scopes=WRITE,
    summary="Withdraw a training run",
    query=_WHOSE,
    replies={200: ReplyForm("The receipt of the withdrawal", TrainingReceipt)},
)
def delete_training_run(request: Request) -> Reply:
    return Reply(withdrawals.withdraw(TRAINING, _own(request), request.path["run_id"])[0])


@routes.get(
    "/v1/attributions/{report_id}",
    scopes=_READ,
    summary="A report's receipt",
    query={"licensee": "whose, for finance, admin and the provider that sent it"},
    replies={200: ReplyForm("The receipt", AttributionReceipt)},
)
def get_attribution(request: Request) -> Reply:
    caller, named, report_id = request.caller, request.query.get("licensee"), request.path["report_id"]
    if not named or caller.may_read(named):
        return Reply(withdrawals.shown(ATTRIBUTION, _licensee(request), report_id))
    withdrawals.check_sent(caller.party_id, slug(named), report_id)
    return Reply(withdrawals.shown(ATTRIBUTION, slug(named), report_id))


@routes.delete(
    "/v1/attributions/{report_id}",
    scopes=WRITE,
    summary="Withdraw a report of attributions",
    description="By the licensee, or the provider that sent it. What its outputs earned is attributed anew, as if it had never been sent; "
    "an output that nothing else discloses is unattributed again. What a settlement posted is corrected by the next.",
    query={"licensee": "whose, for admin and for the provider that sent it"},
    replies={200: ReplyForm("The receipt of the withdrawal", AttributionReceipt)},
)
def delete_attribution(request: Request) -> Reply:
    caller, named, report_id = request.caller, request.query.get("licensee"), request.path["report_id"]
    if named in {None, caller.party_id} or caller.is_admin:
        return Reply(withdrawals.withdraw(ATTRIBUTION, caller.acts_for(named, "licensee"), report_id)[0])
    withdrawals.check_sent(caller.party_id, slug(named), report_id)
    return Reply(withdrawals.withdraw(ATTRIBUTION, slug(named), report_id)[0])


@routes.get(
    "/v1/revenue/{report_id}",
    scopes=_READ,
    summary="A revenue report",
    query=_WHOSE,
    replies={200: ReplyForm("The report", RevenueReceipt)},
)
def get_revenue(request: Request) -> Reply:
    return Reply(withdrawals.shown(REVENUE, _licensee(request), request.path["report_id"]))


@routes.delete(
    "/v1/revenue/{report_id}",
    scopes=WRITE,
    summary="Withdraw a revenue report",
    query=_WHOSE,
    replies={200: ReplyForm("The receipt of the withdrawal", RevenueReceipt)},
)
def delete_revenue(request: Request) -> Reply:
    return Reply(withdrawals.withdraw(REVENUE, _own(request), request.path["report_id"])[0])


@routes.get("/v1/levies/{levy_id}", scopes=("finance",), summary="A levy", replies={200: ReplyForm("The levy", LevyReceipt)})
def get_levy(request: Request) -> Reply:
    return Reply(withdrawals.shown(LEVY, LEVIES, request.path["levy_id"]))


@routes.delete(
    "/v1/levies/{levy_id}",
    scopes=["admin"],
    summary="Withdraw a levy",
    replies={200: ReplyForm("The receipt of the withdrawal", LevyReceipt)},
)
def delete_levy(request: Request) -> Reply:
    return Reply(withdrawals.withdraw(LEVY, LEVIES, request.path["levy_id"])[0])
