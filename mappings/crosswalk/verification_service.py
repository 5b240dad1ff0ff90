"""The one verification service profile of an organization on a platform."""

from mappings.crosswalk.context import Context
from mappings.ctdl.ctid import verification_service_ctid
from mappings.ctdl.model import VerificationServiceProfile


def verification_service(context: Context) -> VerificationServiceProfile | None:
    """How badges issued on the context's platform can be checked; None while their owner is not known."""
    owner = context.organization_ctid
    if owner is None:
        return None
    return VerificationServiceProfile(
        ctid=verification_service_ctid(owner, context.authority),
        description={
            "en-US": f"Credentials of this organization are issued as Open Badges through {context.platform_name}. "
            "Whoever is shown such a badge can check there who issued it, to whom, when, and whether it is still valid."
        },
        offered_by=(owner,),
        verified_claim_type=("claimType:BadgeClaim",),
        verification_method_description={
            "en-US": "The badge carries the address of its own record; the platform answers that address with the "
            "issued badge, its issuer and its state."
        },
        verification_service=tuple(filter(None, [context.verification_service])),
        verification_directory=tuple(filter(None, [context.verification_directory])),
    )
