package shop.quality

import com.amazon.deequ.VerificationSuite
import com.amazon.deequ.checks.{Check, CheckLevel}
import com.amazon.deequ.constraints.ConstrainableDataTypes

object Orders {
  val basics = Check(CheckLevel.Error, "basics")
    .hasSize(n => n >= 2 && n < 5000) // a day's orders
    .isComplete("order_id")
    .isPrimaryKey("order_id", "line")
    .hasCompleteness("email", _ >= 0.95, Some("people want receipts"))
    .isContainedIn("status", Array("open", "paid", "sent"))
    .isContainedIn("rating", Array("1", "2", "3"))
    .isNonNegative("amount")

  val ranges = new Check(CheckLevel.Warning, "ranges")
    .hasMin("amount", _ >= 0.0)
    .hasMean("amount", m => m > 1 && m < 500).where("status = \"paid\"")
    .hasStandardDeviation("amount", _ < 250)
    .hasApproxQuantile("amount", 0.95, _ <= 900)
    .hasNumberOfDistinctValues("country", _ <= 250)
    .hasEntropy("country", _ > 0.5)
    .hasDataType("amount", ConstrainableDataTypes.Fractional, _ >= 0.9)
    .hasPattern("sku", """^[A-Z]{3}\d+$""".r, _ > 0.9)
    .containsEmail("email", _ >= 0.5)
    .satisfies("shipped_at >= ordered_at", "shipped after ordered", _ == 1)
    .satisfies("datediff(shipped_at, ordered_at) < 9", "soon")
    .isLessThan("net", "gross")
    .hasMinLength("country", _ == 2)
    .hasSise(_ > 3)
    .isComplete(keyColumn)

  VerificationSuite().onData(orders)
    .addCheck(basics)
    .addCheck(ranges)
    .addAnomalyCheck(RelativeRateOfChangeStrategy(maxRateIncrease = Some(2.0)), Size())
    .run()
}
