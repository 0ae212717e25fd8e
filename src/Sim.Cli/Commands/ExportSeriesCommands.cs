using System.CommandLine;
using System.Globalization;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim export openmetrics</c> and <c>promtool</c>: what the Prometheus of a run stored.</summary>
internal static class ExportSeriesCommands
{
    private const string DirHelp =
        "Scenario folder, or the folder of a finished run (its run.json says what to simulate again).";

    /// <summary><c>export openmetrics</c>.</summary>
    public static Command OpenMetrics(CliHost host)
    {
        Command command = new("openmetrics", "Write what each Prometheus of a run stored, as OpenMetrics text with "
            + "simulated times, for promtool tsdb create-blocks-from openmetrics. A finished run that has the files is "
            + "not simulated again.");
        Options options = Options.AddTo(command, "Folder to write metrics.prom or metrics-CLUSTER.prom into; without "
            + "it, standard output (one server only).");
        command.SetAction(parsed => WriteMetrics(host, options.Read(parsed)));
        ExamplesHelp.Attach(command,
            "meshsim export openmetrics scenarios/compliance-alerts --cluster eu-west > eu-west.prom",
            "meshsim export openmetrics scenarios/compliance-alerts --variant lab --out out/series",
            "meshsim export openmetrics out/run --out out/series");
        return command;
    }

    /// <summary><c>export promtool</c>.</summary>
    public static Command Promtool(CliHost host)
    {
        Command command = new("promtool", "Write a run's rule files and a tests.yaml for promtool test rules: the "
            + "series that the rules read, and which alerts fire at every evaluation.");
        Options options = Options.AddTo(command, "Folder to write into; with several servers each has a folder in it, "
            + "named for its cluster.");
        options.Target.Required = true;
        command.SetAction(parsed => WriteTests(host, options.Read(parsed)));
        ExamplesHelp.Attach(command,
            "meshsim export promtool scenarios/compliance-alerts --out out/promtool",
            "meshsim export promtool out/run --cluster eu-west --out out/promtool",
            "(cd out/promtool && promtool test rules tests.yaml)");
        return command;
    }

    private static int WriteMetrics(CliHost host, Question q)
    {
        if (!CommonOptions.Exists(q.Asked.Directory, host))
        {
            return ExitCodes.Usage;
        }

        IReadOnlyList<(string Name, Action<TextWriter> Write)>? files = Finished(q);
        if (files is null)
        {
            (Observation? seen, int code) = Simulated(host, q, out _);
            if (seen is null)
            {
                return code;
            }

            files = [.. seen.Clusters.Where(q.Wants).Select(c => (MetricFiles.NameOf(seen, c), MetricFiles.Writer(c)))];
        }

        if (q.Target is null)
        {
            if (files.Count > 1)
            {
                host.Error.WriteLine("meshsim: several servers watched this run ("
                    + string.Join(", ", files.Select(static f => f.Name))
                    + "): name one with --cluster, or a folder with --out");
                return ExitCodes.Usage;
            }

            files[0].Write(host.Out);
            return ExitCodes.Ok;
        }

        return TryWrite(host, q.Target, files) ? ExitCodes.Ok : ExitCodes.Usage;
    }

    private static int WriteTests(CliHost host, Question q)
    {
        if (!CommonOptions.Exists(q.Asked.Directory, host))
        {
            return ExitCodes.Usage;
        }

        (Observation? seen, int code) = Simulated(host, q, out long durationNs);
        if (seen is null)
        {
            return code;
        }

        bool isAlone = seen.Clusters.Count == 1;
        List<(string Name, Action<TextWriter> Write)> files = [];
        foreach (ObservedCluster server in seen.Clusters.Where(q.Wants))
        {
            PromtoolSet set = PromtoolFiles.Of(server, durationNs);
            foreach (string problem in set.Problems)
            {
                host.Error.WriteLine($"meshsim: {server.Cluster}: {problem}");
            }

            host.Error.WriteLine(set.Files.Count == 0 ? $"{server.Cluster}: its Prometheus loads no rules"
                : string.Create(CultureInfo.InvariantCulture,
                    $"{server.Cluster}: {set.Series} series, {set.Evaluations} evaluations, {set.Firing} firing"));
            files.AddRange(set.Files.Select(f => (isAlone ? f.Key : Path.Combine(server.Cluster, f.Key),
                (Action<TextWriter>)(w => w.Write(f.Value)))));
        }

        if (files.Count == 0)
        {
            host.Error.WriteLine("meshsim: nothing to test: name rule files under spec.alerts.rules of the scenario, "
                + "ConfigMaps under spec.prometheus.rules, or apply a PrometheusRule");
            return ExitCodes.Input;
        }

        return TryWrite(host, q.Target!, files) ? ExitCodes.Ok : ExitCodes.Usage;
    }

    /// <summary>The files of a finished run; null when it must be simulated.</summary>
    private static List<(string Name, Action<TextWriter> Write)>? Finished(Question q)
    {
        ScenarioRequest asked = q.Asked;
        if (!RequestedRun.IsFinished(asked.Directory) || asked.Seed is not null || asked.Variant.Length > 0
            || asked.Set is not null || RunFiles.Read(asked.Directory).Result?.Observation is not { } seen)
        {
            return null;
        }

        string folder = Directory.Exists(asked.Directory) ? asked.Directory
            : Path.GetDirectoryName(asked.Directory) ?? "";
        List<(string Name, Action<TextWriter> Write)> files = [];
        foreach (string name in seen.Clusters.Where(q.Wants).Select(c => MetricFiles.NameOf(seen, c)))
        {
            string file = Path.Combine(folder, name);
            if (!File.Exists(file))
            {
                return null;
            }

            files.Add((name, w => w.Write(File.ReadAllText(file))));
        }

        return files.Count == 0 ? null : files;
    }

    /// <summary>What the wanted servers saw of a run that is simulated now; null with an exit code.</summary>
    private static (Observation? Seen, int Code) Simulated(CliHost host, Question q, out long durationNs)
    {
        durationNs = 0;
        if (RequestedRun.Of(host, q.Asked) is not { } request)
        {
            return (null, ExitCodes.Usage);
        }

        (RunResult? run, int code) = RequestedRun.Simulate(host, request);
        if (run is null)
        {
            return (null, code);
        }

        durationNs = run.DurationNs;
        Observation seen = run.Observation;
        if (seen.Clusters.Any(q.Wants))
        {
            return (seen, ExitCodes.Ok);
        }

        host.Error.WriteLine(seen.Clusters.Count == 0
            ? "meshsim: no Prometheus watched this run: write prometheus: {} into spec of the scenario"
            : $"meshsim: cluster {q.Cluster} has no Prometheus; there is one in "
                + string.Join(", ", seen.Clusters.Select(static c => c.Cluster)));
        return (null, ExitCodes.Usage);
    }

    private static bool TryWrite(
        CliHost host, string folder, IReadOnlyList<(string Name, Action<TextWriter> Write)> files)
    {
        try
        {
            foreach ((string name, Action<TextWriter> write) in files)
            {
                string path = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                AtomicFile.WriteText(path, write);
                host.Out.WriteLine(path);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {folder}: cannot be written: {e.Message}");
            return false;
        }
    }

    private sealed record Question(ScenarioRequest Asked, string Cluster, string? Target)
    {
        public bool Wants(ObservedCluster server) => Cluster.Length == 0 || server.Cluster == Cluster;
    }

    private sealed record Options(CommonOptions Common, Option<string> Cluster, Option<string> Target)
    {
        public static Options AddTo(Command command, string target)
        {
            CommonOptions common = CommonOptions.AddTo(command);
            common.Directory.Description = DirHelp;
            Options options = new(
                common,
                new Option<string>("--cluster") { Description = "Only this cluster's server.", HelpName = "CLUSTER" },
                new Option<string>("--out", "-o") { Description = target, HelpName = "FOLDER" });
            command.Options.Add(options.Cluster);
            command.Options.Add(options.Target);
            return options;
        }

        public Question Read(ParseResult parsed) =>
            new(Common.Request(parsed, 1), parsed.GetValue(Cluster) ?? "", parsed.GetValue(Target));
    }
}
