using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Faults that come and go by chance.</summary>
internal sealed partial class ScenarioSimulation
{
    /// <summary>Faults by an alternating renewal process: none for a draw of the time between failures, then one of the
    /// listed faults for a draw of the repair time. The process begins with a whole time between failures.</summary>
    /// <remarks>Ross, "Introduction to Probability Models", section 7.5: in the long run a fault holds for MTTR /
    /// (MTBF + MTTR) of the time. Each fault selects its pods anew. The stream belongs to this step alone, so what it
    /// draws depends on nothing else in the run.</remarks>
    private void BeginRandom(TimelineStep step, FaultSpec fault)
    {
        RngStream stream = _lifecycle.NewStream("fault/" + PlaceOf(fault), "times");
        Distribution between = _workloads.TimeOf(fault.Mtbf!);
        Distribution repair = _workloads.TimeOf(fault.Mttr!);
        long end = EndOf(fault, step.AtNs);
        _recorder.Note(_lifecycle.Now, "fault", step.Title, string.Create(CultureInfo.InvariantCulture,
            $"Random begins: one of {fault.Faults.Count} faults after {SimDuration.Format((long)between.MeanNs)}, for "
            + $"{SimDuration.Format((long)repair.MeanNs)} in the mean"), step.Span);
        Next(1);

        void Next(int turn)
        {
            long at = _lifecycle.Now + Math.Max(1, between.SampleNs(stream));
            if (at < end)
            {
                _lifecycle.At(at, () => Fail(turn));
            }
        }

        void Fail(int turn)
        {
            FaultSpec drawn = fault.Faults[(int)stream.NextBelow((uint)fault.Faults.Count)];
            long lasts = Math.Max(1, repair.SampleNs(stream));
            long now = _lifecycle.Now;
            _bands.Add(new FaultBand(step.Title, drawn.Kind.Value.ToString(), now,
                Math.Min(_document.DurationNs, now + lasts)));
            Begin(step, drawn with { ForNs = new(lasts, drawn.Span) }, turn);
            _lifecycle.At(now + lasts, () => Next(turn + 1));
        }
    }

    /// <summary>When a fault ends that begins at a time; the end of the run at the latest.</summary>
    private long EndOf(FaultSpec fault, long beginNs) => fault.ForNs > 0
        ? Math.Min(_document.DurationNs, beginNs + fault.ForNs) : _document.DurationNs;

    /// <summary>Names a fault by line and column: where the scenario's folder lies must not change a draw.</summary>
    private static string PlaceOf(FaultSpec fault) => string.Create(
        CultureInfo.InvariantCulture, $"{fault.Span.Line}:{fault.Span.Column}");
}
