from pydeequ.checks import *
from pydeequ.verification import *

check = Check(spark, CheckLevel.Warning, "Review Check")

result = VerificationSuite(spark) \
    .onData(df) \
    .addCheck(
        check.hasSize(lambda x: x >= 3)
        .hasMin("amount", lambda x: x == 8)
        .isComplete("order_id")  # every line has one
        .isUnique("order_id")
        .isContainedIn("status", ["open", "paid", "sent"])
        .isNonNegative("amount")
        .hasCompleteness("email", lambda x: 0.5 <= x < 1)) \
    .run()
