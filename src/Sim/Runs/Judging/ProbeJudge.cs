using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Judges probes on one run.</summary>
internal static class ProbeJudge
{
    /// <summary>What a probe expects, for people.</summary>
    public static string Text(ProbeSpec probe)
    {
        var parts = new List<string>();
        if (probe.Expect is { } expect)
        {
            parts.Add(Describe(expect));
        }

        foreach (KeyValuePair<Sourced<string>, ExpectSpec> e in probe.During)
        {
            parts.Add("during " + e.Key.Value + " " + Describe(e.Value));
        }

        return $"probe {probe.Name}: {string.Join("; ", parts)}";
    }

    public static Finding Judge(ProbeSpec probe, JudgedRun run, ScenarioDocument document)
    {
        long total = 0;
        long good = 0;
        string first = "";
        foreach (RequestRecord r in run.Requests)
        {
            if (r.Traffic != probe.Name.Value)
            {
                continue;
            }

            total++;
            string wrong = Difference(Expected(probe, document, r.StartNs), r);
            good += wrong.Length == 0 ? 1 : 0;
            if (wrong.Length > 0 && first.Length == 0)
            {
                first = "first at " + SimDuration.Format(r.StartNs) + ": " + wrong;
            }
        }

        return total == 0
            ? new Finding(false, "never ran", "every time", double.NegativeInfinity)
            : new Finding(good == total, string.Create(CultureInfo.InvariantCulture, $"{good} of {total} as expected"),
                "every time", good - total, first);
    }

    private static ExpectSpec Expected(ProbeSpec probe, ScenarioDocument document, long atNs)
    {
        Sourced<string> none = new("", SourceSpan.None);
        ExpectSpec expect = probe.Expect ?? new ExpectSpec(null, null, none, none, SourceSpan.None);
        foreach (KeyValuePair<Sourced<string>, ExpectSpec> e in probe.During)
        {
            if (document.BandOf(e.Key) is { } band && atNs >= band.FromNs && atNs < band.ToNs)
            {
                ExpectSpec own = e.Value;
                expect = new ExpectSpec(
                    own.Code ?? expect.Code, own.Exit ?? expect.Exit,
                    own.ServedCluster.Value.Length > 0 ? own.ServedCluster : expect.ServedCluster,
                    own.ServedRegion.Value.Length > 0 ? own.ServedRegion : expect.ServedRegion, own.Span);
            }
        }

        return expect;
    }

    private static string Difference(ExpectSpec expect, RequestRecord r)
    {
        var wrong = new List<string>();
        void Check(bool isWrong, string text)
        {
            if (isWrong)
            {
                wrong.Add(text);
            }
        }

        Check(expect.Code is { } code && code.Value != r.Code, string.Create(CultureInfo.InvariantCulture,
            $"code {r.Code} {r.Flags} instead of {expect.Code?.Value}"));
        Check(expect.Exit is { } exit && exit.Value != r.CurlExit, string.Create(CultureInfo.InvariantCulture,
            $"curl exit {r.CurlExit} instead of {expect.Exit?.Value}"));
        Check(expect.ServedCluster.Value.Length > 0 && expect.ServedCluster.Value != r.ServedCluster,
            $"served by cluster {r.ServedCluster} instead of {expect.ServedCluster}");
        Check(expect.ServedRegion.Value.Length > 0 && expect.ServedRegion.Value != r.ServedRegion,
            $"served by region {r.ServedRegion} instead of {expect.ServedRegion}");
        return string.Join(", ", wrong);
    }

    private static string Describe(ExpectSpec e)
    {
        var parts = new List<string>();
        if (e.Code is { } code)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"code {code.Value}"));
        }

        if (e.Exit is { } exit)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"curl exit {exit.Value}"));
        }

        if (e.ServedCluster.Value.Length > 0)
        {
            parts.Add("served by cluster " + e.ServedCluster.Value);
        }

        if (e.ServedRegion.Value.Length > 0)
        {
            parts.Add("served by region " + e.ServedRegion.Value);
        }

        return parts.Count == 0 ? "anything" : string.Join(", ", parts);
    }
}
