"""What is not there, in the second API's words: the noun and the id that was asked for."""

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.management.noun import Refuse


def not_found(word: str, member: str, *, of_account: bool = False) -> Refuse:
    """The error of a noun whose id is the input's `member`; AWS tells the account of some."""

    def refuse(call: Call) -> ServiceError:
        account = f"{call.account}:" if of_account else ""
        return ServiceError("NotFoundException", f"Invalid {word} identifier specified {account}{call.input[member]}")

    return refuse
