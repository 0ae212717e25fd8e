using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Judges assertions, recoveries and invariants on one run.</summary>
internal sealed class ExpressionJudge(RunReading reading, ScenarioDocument document)
{
    private readonly long _binNs = reading.Run.BinNs;

    /// <summary>An assertion over everything after the warm-up, or over a named step.</summary>
    public Finding Assertion(AssertSpec spec)
    {
        AssertionExpression expression = AssertionParser.Parse(spec.Expression);
        if (spec.Recover.Value.Length > 0)
        {
            return Recovery(spec, expression);
        }

        int from = reading.BinAtOrAfter(reading.Run.WarmupNs);
        int to = reading.BinCount;
        if (spec.During.Value.Length > 0 && document.BandOf(spec.During) is { } band)
        {
            from = Math.Max(from, reading.BinAtOrAfter(band.FromNs));
            to = Math.Min(to, reading.BinAtOrAfter(band.ToNs));
        }

        return Worst(expression.All.Select(c => Over(c, from, to)));
    }

    /// <summary>Whether an expression holds in every bin after the warm-up, or in at least one.</summary>
    public Finding Invariant(InvariantSpec spec)
    {
        AssertionExpression expression = AssertionParser.Parse(spec.Expression);
        int judged = 0;
        int held = 0;
        long firstBad = -1;
        for (int bin = reading.BinAtOrAfter(reading.Run.WarmupNs); bin < reading.BinCount; bin++)
        {
            if (At(expression, bin) is not { } isTrue)
            {
                continue;
            }

            judged++;
            held += isTrue ? 1 : 0;
            firstBad = !isTrue && firstBad < 0 ? bin * _binNs : firstBad;
        }

        string measured = judged == 0 ? "no requests"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"true in {held} of {judged} bins");
        bool isHeld = judged > 0 && (spec.IsAlways ? held == judged : held > 0);
        string limit = spec.IsAlways ? "always" : "at least once";
        string detail = spec.IsAlways && firstBad >= 0 ? "first false at " + SimDuration.Format(firstBad) : "";
        return new Finding(isHeld, measured, limit, judged == 0 ? double.NegativeInfinity
            : spec.IsAlways ? held - judged : held - 0.5, detail);
    }

    private Finding Recovery(AssertSpec spec, AssertionExpression expression)
    {
        (long begin, long end) = document.BandOf(spec.Recover) ?? (0, 0);
        end = Math.Min(end, reading.Run.DurationNs);
        string limit = "within " + SimDuration.Format(spec.WithinNs);
        int first = (int)(begin / _binNs);
        int last = Math.Min((int)(end / _binNs), reading.BinCount) - 1;
        long recovered = 0;
        bool? isTrue = null;
        int judged = 0;
        for (int bin = first; bin <= last; bin++)
        {
            isTrue = At(expression, bin);
            judged += isTrue is null ? 0 : 1;
            recovered = isTrue == false ? (bin + 1) * _binNs - begin : recovered;
        }

        if (judged == 0)
        {
            return new Finding(false, "no requests", limit, double.NegativeInfinity);
        }

        // An expression that is false in the last bin it was judged in never came back.
        bool isNever = recovered > 0 && LastJudgedIsFalse(expression, first, last);
        if (isNever)
        {
            return new Finding(false, "not recovered", limit, double.NegativeInfinity,
                "still false at " + SimDuration.Format(end));
        }

        return new Finding(recovered <= spec.WithinNs, "recovered after " + SimDuration.Format(recovered), limit,
            spec.WithinNs - recovered);
    }

    private bool LastJudgedIsFalse(AssertionExpression expression, int first, int last)
    {
        for (int bin = last; bin >= first; bin--)
        {
            if (At(expression, bin) is { } isTrue)
            {
                return !isTrue;
            }
        }

        return false;
    }

    /// <summary>The expression at the end of a bin, over the window that ends there; null when there is nothing to
    /// measure.</summary>
    private bool? At(AssertionExpression expression, int bin)
    {
        foreach (AssertionComparison c in expression.All)
        {
            int length = c.Left.WindowNs > 0 ? (int)(c.Left.WindowNs / _binNs) : 1;
            Measurement left = reading.Measure(c.Left, bin + 1 - length, bin + 1);
            double right = Right(c, bin + 1 - length, bin + 1);
            if (left.IsNothing || double.IsNaN(right))
            {
                return null;
            }

            if (!left.Is(c.Operator, right))
            {
                return false;
            }
        }

        return true;
    }

    private Finding Over(AssertionComparison c, int from, int to)
    {
        if (c.Left.WindowNs == 0)
        {
            Measurement left = reading.Measure(c.Left, from, to);
            double right = Right(c, from, to);
            string limit = c.Right is SelectorOperand ? c.Limit + " ("
                + new Measurement(right, c.Right.Unit) + ")" : c.Limit;
            return new Finding(left.Is(c.Operator, right), left.ToString(), limit, left.Margin(c.Operator, right),
                SampleNote(c));
        }

        return Sliding(c, from, to);
    }

    private Finding Sliding(AssertionComparison c, int from, int to)
    {
        int length = (int)(c.Left.WindowNs / _binNs);
        double limit = Right(c, from, to);
        Measurement worst = Measurement.Nothing(c.Left.Unit);
        double worstMargin = double.PositiveInfinity;
        int worstEnd = 0;
        for (int end = from + length; end <= to; end++)
        {
            Measurement m = reading.Measure(c.Left, end - length, end);
            double margin = m.Margin(c.Operator, limit);
            if (!m.IsNothing && margin < worstMargin)
            {
                (worst, worstMargin, worstEnd) = (m, margin, end);
            }
        }

        return worst.IsNothing
            ? new Finding(false, "no whole window with requests", c.Limit, double.NegativeInfinity)
            : new Finding(worst.Is(c.Operator, limit), worst.ToString(), c.Limit, worstMargin,
                "worst window ends at " + SimDuration.Format(worstEnd * _binNs));
    }

    private double Right(AssertionComparison c, int from, int to) => c.Right switch
    {
        LiteralOperand literal => literal.Value,
        SelectorOperand selector => reading.Measure(selector, from, to).Value,
        _ => throw new InvalidOperationException("no such operand"),
    };

    private string SampleNote(AssertionComparison c) =>
        c.Left.Function == AssertionFunction.Quantile && !reading.Run.IsEveryRequest
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"over a sample of {reading.Run.Requests.Count} requests") : "";

    private static Finding Worst(IEnumerable<Finding> findings)
    {
        List<Finding> all = findings.ToList();
        if (all.Count == 1)
        {
            return all[0];
        }

        return new Finding(
            all.TrueForAll(static f => f.Held), string.Join(", ", all.Select(static f => f.Measured)),
            string.Join(", ", all.Select(static f => f.Limit)), all.Min(static f => f.Margin),
            string.Join("; ", all.Select(static f => f.Detail).Where(static d => d.Length > 0)));
    }
}
