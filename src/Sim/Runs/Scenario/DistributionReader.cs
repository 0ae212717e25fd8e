using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads distributions of durations.</summary>
internal sealed class DistributionReader(DiagnosticBag diagnostics)
{
    private static readonly string[] Parameters =
        ["value", "min", "max", "mean", "p50", "p99", "cv", "shape", "file"];

    /// <summary>Reads a duration or a mapping.</summary>
    public DistributionSpec Read(ScenarioObject owner, string key)
    {
        YamlNode? node = owner.Node(key);
        if (node is YamlScalar scalar)
        {
            long ns = owner.ReadDuration(scalar, owner.PathOf(key))?.Value ?? 0;
            return Constant(ns, scalar.Span);
        }

        if (node is null)
        {
            return Constant(SimDuration.Millisecond, SourceSpan.None);
        }

        var o = new ScenarioObject("serviceTime", node, owner.PathOf(key), diagnostics);
        Sourced<DistributionKind> kind = o.Choice("dist", DistributionKind.Constant);
        var d = new DistributionSpec(
            kind, o.OptionalDuration("value")?.Value, o.OptionalDuration("min")?.Value,
            o.OptionalDuration("max")?.Value,
            o.OptionalDuration("mean")?.Value, o.OptionalDuration("p50")?.Value, o.OptionalDuration("p99")?.Value,
            o.OptionalNumber("cv")?.Value, o.OptionalNumber("shape")?.Value, o.Text("file"), o.Span);
        o.Close();
        if (o.Has("dist"))
        {
            Check(o, d);
        }

        return d;
    }

    /// <summary>Reads a time between events: a plain duration is the mean of an exponential law; a mapping is the law
    /// it says.</summary>
    public DistributionSpec ReadLaw(ScenarioObject owner, string key)
    {
        DistributionSpec law = Read(owner, key);
        return owner.Node(key) is YamlScalar
            ? law with { Kind = DistributionKind.Exponential, MeanNs = law.ValueNs, ValueNs = null } : law;
    }

    private static DistributionSpec Constant(long ns, SourceSpan span) =>
        new(DistributionKind.Constant, ns, null, null, null, null, null, null, null, "", span);

    private void Check(ScenarioObject o, DistributionSpec d)
    {
        string[] needed = d.Kind switch
        {
            DistributionKind.Constant => ["value"],
            DistributionKind.Uniform => ["min", "max"],
            DistributionKind.Exponential => ["mean"],
            DistributionKind.Lognormal => o.Has("mean") || o.Has("cv") ? ["mean", "cv"] : ["p50", "p99"],
            DistributionKind.Gamma => ["mean", "cv"],
            DistributionKind.Pareto => ["min", "shape"],
            _ => ["file"],
        };
        string name = Names.Kebab(d.Kind.ToString());
        foreach (string key in Parameters)
        {
            bool isNeeded = needed.Contains(key);
            if (isNeeded && !o.Has(key))
            {
                diagnostics.Error(ScenarioCodes.MissingKey, $"{o.Path}: {name} needs \"{key}\"", o.Span);
            }
            else if (!isNeeded && o.Has(key))
            {
                diagnostics.Error(ScenarioCodes.Conflict, $"{o.Path}: {name} has no \"{key}\"", o.Node(key)!.Span,
                    "it takes " + string.Join(" and ", needed));
            }
        }

        if (d is { Kind: DistributionKind.Lognormal, P50Ns: { } p50, P99Ns: { } p99 } && (p50 <= 0 || p99 <= p50))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}: p99 must be above p50, and p50 above 0", o.Span);
        }

        if (d is { Kind: DistributionKind.Uniform, MinNs: { } min, MaxNs: { } max } && max < min)
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}: max is below min", o.Span);
        }

        bool needsPositive = d.Kind is DistributionKind.Exponential or DistributionKind.Gamma
            or DistributionKind.Lognormal or DistributionKind.Pareto;
        if (needsPositive && (d.MeanNs == 0 || d.Cv == 0 || d.Shape == 0 || d.MinNs == 0))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}: the parameters of {name} must be above 0", o.Span);
        }
    }
}
