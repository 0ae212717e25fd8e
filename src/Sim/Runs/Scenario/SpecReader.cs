using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Turns the tree of a scenario file into the typed document.</summary>
internal sealed class SpecReader(string file, string directory, DiagnosticBag diagnostics)
{
    private const long DefaultDurationNs = SimDuration.Minute;

    public ScenarioDocument Read(YamlMapping root)
    {
        var top = new ScenarioObject(ScenarioKeys.Root, root, "", diagnostics);
        top.Word("apiVersion", "");
        top.Word("kind", "");
        ScenarioObject metadata = top.Object("metadata");
        ScenarioObject spec = top.Object("spec");
        top.Close();
        ScenarioDocument document = ReadSpec(spec, root) with
        {
            Name = metadata.Text("name", FolderName()),
            Labels = metadata.TextMap("labels"),
        };
        metadata.Close();
        return document;
    }

    private string FolderName()
    {
        string name = Path.GetFileName(Path.GetFullPath(directory));
        return name.Length > 0 ? name : "scenario";
    }

    private ScenarioDocument ReadSpec(ScenarioObject spec, YamlMapping root)
    {
        ScenarioObject compat = spec.Object("compat");
        Sourced<string> istio = compat.Word("istio", "1.29");
        compat.Close();
        IReadOnlyList<Sourced<string>> extensions = spec.TextList("extensions");
        bool isTimeoutMaxTime = extensions.Any(static e => e.Value == KnownExtensions.CurlTimeout);
        var places = new PlaceReader(diagnostics);
        var loads = new LoadReader(isTimeoutMaxTime, diagnostics);
        var judged = new JudgedReader(loads, diagnostics);
        ScenarioObject method = spec.Object("method");
        Sourced<MethodKind> kind = method.Choice("type", MethodKind.Requests);
        IncidentSpec? incidents =
            new IncidentReader(diagnostics).Read(method, kind.Value == MethodKind.Incidents);
        StaticSpec isStatic = StaticSpec.Read(method);
        method.Close();
        var document = new ScenarioDocument
        {
            File = file,
            Directory = directory,
            Root = root,
            Name = Sourced.None<string>(),
            Description = spec.Text("description"),
            Istio = istio,
            Admission = spec.Choice("admission", AdmissionMode.Strict),
            Extensions = extensions,
            DurationNs = spec.Duration("duration", DefaultDurationNs),
            WarmupNs = spec.Duration("warmup", 0),
            BinNs = spec.Duration("bin", SimDuration.Second),
            Start = ReadStart(spec),
            Seed = spec.Unsigned("seed", 1),
            Replications = spec.Integer("replications", 1, 1, 100_000),
            Delays = PlaceReader.ReadDelays(spec.Object("delays")),
            Proxy = PlaceReader.ReadProxy(spec.Object("proxy")),
            Clusters = places.ReadClusters(spec),
            Topology = places.ReadTopology(spec.Object("topology")),
            Workloads = spec.Objects("workloads").Select(loads.ReadWorkload).ToList(),
            Traffic = spec.Objects("traffic").Select(loads.ReadTraffic).ToList(),
            Timeline = new TimelineReader(diagnostics).Read(spec),
            Probes = spec.Objects("probes").Select(judged.ReadProbe).ToList(),
            Slos = spec.Objects("slos").Select(judged.ReadSlo).ToList(),
            Invariants = spec.Objects("invariants").Select(judged.ReadInvariant).ToList(),
            Assertions = judged.ReadAssertions(spec),
            Roi = RoiReader.Read(spec.Text("roi"), directory, diagnostics),
            RoiFile = spec.Text("roi"),
            Matrix = new MatrixReader(directory, diagnostics).Read(spec.Object("matrix")),
            Observation = new ObservationReader(diagnostics).Read(spec, judged.Queries),
            Method = kind,
            Incidents = incidents,
            Static = isStatic,
            Sweep = new SweepReader(diagnostics).Read(spec.Object("sweep")),
        };
        ReadNotModelled(spec, kind);
        spec.Close();
        return document;
    }

    private Sourced<DateTimeOffset> ReadStart(ScenarioObject spec)
    {
        Sourced<string> text = spec.Text("start", "2026-01-01T00:00:00Z");
        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset start))
        {
            return new(start, text.Span);
        }

        diagnostics.Error(ScenarioCodes.BadValue, $"spec.start: \"{text}\" is not a date and time", text.Span,
            "ISO 8601 in UTC: 2026-01-01T00:00:00Z");
        return new(default, text.Span);
    }

    private void ReadNotModelled(ScenarioObject spec, Sourced<MethodKind> kind)
    {
        if (kind.Value == MethodKind.Incidents)
        {
            diagnostics.Info(ScenarioCodes.NoEffect, "this is one run of the scenario's own timeline", kind.Span,
                "meshsim year samples its incidents");
        }

        _ = spec.Items("variants"); // Read before the overlay was applied.
    }
}

/// <summary>Lab-only meanings that Istio does not have. Each is opt-in and named in every result.</summary>
public static class KnownExtensions
{
    /// <summary><c>source.cluster</c> in an AuthorizationPolicy means the caller's cluster.</summary>
    public const string SourceCluster = "source.cluster";

    /// <summary><c>NAME.NAMESPACE.global</c> means that service in all clusters.</summary>
    public const string GlobalHosts = "global-hosts";

    /// <summary><c>us-east/*</c> in a locality failover means region us-east.</summary>
    public const string RegionWildcards = "region-wildcards";

    /// <summary>curl's <c>--timeout=N</c> means <c>--max-time N</c>.</summary>
    public const string CurlTimeout = "curl-timeout";

    /// <summary>Misplaced keys of <c>istioctl install --set</c> are read where they were meant.</summary>
    public const string InstallKeys = "install-keys";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [SourceCluster, GlobalHosts, RegionWildcards, CurlTimeout, InstallKeys];
}
