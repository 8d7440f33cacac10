"""Settings of a deployment. The only module that reads the environment, and only when asked."""

import os
from functools import lru_cache
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

CLAIM_WINDOW_MONTHS: Final = 36
"""How long unclaimed money waits at least. Three years, as 17 U.S.C. 115(d)(3)(H)(i) has it for unmatched royalties."""


class Settings(BaseModel):
    """What `template.yaml` sets for every function, by the environment variable's name in lower case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    usage_table: str
    registry_table: str
    ledger_table: str
    drop_bucket: str
    settlement_bucket: str
    facts_bucket: str
    accrual_queue_url: str
    drop_queue_url: str
    webhook_queue_url: str = ""
    works_queue_url: str = ""
    accrual_dead_letter_queue_url: str = ""
    drop_dead_letter_queue_url: str = ""
    schedule_dead_letter_queue_url: str = ""
    webhook_dead_letter_queue_url: str = ""
    ledger_buckets: int = Field(ge=1, le=1024)
    usage_retention_days: int = Field(ge=1)
    accrue_every_minutes: int = Field(default=15, ge=1)
    accrue_at_least_every_hours: int = Field(default=6, ge=1)
    powertools_service_name: str = "overtone"
    settlement_machine_arn: str = ""
    token_issuer: str = ""
    operator_client_id: str = ""
    people_client_id: str = ""
    second_issuer: str = ""
    second_audience: str = ""
    claim_window_months: int = Field(default=CLAIM_WINDOW_MONTHS, ge=0)
    payer_name: str = ""
    payer_iban: str = ""
    payer_bic: str = ""
    payer_ach_routing: str = ""
    payer_ach_company: str = ""
    pays_on: Literal["receipt", "accrual"] = "receipt"
    calls_per_client_per_minute: int = Field(default=0, ge=0)
    keep_personal_files_days: int = Field(default=3650, ge=365)
    bank_change_hold_days: int = Field(default=7, ge=0)
    issuer_party: str = ""
    open_registry: Literal["off", "on"] = "off"
    sign_in_url: str = ""
    sign_in_urls: str = ""
    session_secret: str = ""
    usage_api: str = ""
    disclosure_api: str = ""
    registry_api: str = ""
    finance_api: str = ""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once; raises pydantic's `ValidationError` naming what is missing."""
    return Settings.model_validate({name.lower(): value for name, value in os.environ.items()})
