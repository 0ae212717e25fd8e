using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sim.Runs;
using Sim.Runs.Observing;

namespace Sim.Tests.Telemetry.Live;

/// <summary>Debian's promtool and prometheus, where they are installed.</summary>
internal static class PrometheusTools
{
    public const string Version = "2.42";

    /// <summary>Path of promtool; the test is ignored with a reason when it is not there.</summary>
    public static string Promtool => Find("promtool");

    /// <summary>Path of prometheus; likewise.</summary>
    public static string Prometheus => Find("prometheus");

    /// <summary>Runs promtool to its end.</summary>
    public static (int Code, string Output) Run(string folder, params string[] arguments)
    {
        var info = new ProcessStartInfo(Promtool, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using Process process = Process.Start(info)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    /// <summary>A port of the loopback that nobody has.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A pack's run as its servers saw it, in the dialect of the installed version.</summary>
    public static RunResult Watched(string pack, string variant = "") => ScenarioRunner.Run(
        new ScenarioRequest(Path.Combine(RepositoryPaths.Root, "scenarios", pack), Variant: variant,
            Set: ["spec.prometheus.version=" + Version], Replications: 1), null, default).Result!;

    /// <summary>A server of a run.</summary>
    public static ObservedCluster Server(RunResult run, string cluster) =>
        run.Observation.Clusters.Single(c => c.Cluster == cluster);

    private static string Find(string name)
    {
        string path = "/usr/bin/" + name;
        if (!File.Exists(path))
        {
            Assert.Ignore($"no {path}; .ci/run installs it");
        }

        return path;
    }
}
