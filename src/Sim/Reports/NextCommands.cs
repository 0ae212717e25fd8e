using System.Globalization;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>The commands with which a reader goes on from a report.</summary>
public static class NextCommands
{
    /// <summary>Runs again and compares the fingerprints.</summary>
    /// <param name="runJson">Path of the <c>run.json</c>.</param>
    public static string Verify(string runJson) => "meshsim verify " + Quote(runJson);

    /// <summary>Explains one request: the first that failed, else the first answered far away, else the last.</summary>
    public static string Why(RunResult result)
    {
        RunStamp stamp = result.Stamp;
        RequestRecord? request = result.Requests.FirstOrDefault(static r => r.Code is 0 or >= 400)
            ?? result.Requests.FirstOrDefault(IsFar)
            ?? (result.Requests.Count > 0 ? result.Requests[^1] : null);
        string text = "meshsim why " + Quote(stamp.Directory);
        text += request is null ? " --from CLUSTER/WORKLOAD --curl 'http://SERVICE/'"
            : " --request " + request.Id.ToString(CultureInfo.InvariantCulture);
        if (stamp.Variant.Length > 0)
        {
            text += " --variant " + Quote(stamp.Variant);
        }

        foreach (string set in stamp.Set ?? [])
        {
            text += " --set " + Quote(set);
        }

        return text + " --seed " + stamp.Seed.ToString(CultureInfo.InvariantCulture);
    }

    private static bool IsFar(RequestRecord request) => request.ServedCluster != "none"
        && !request.Client.StartsWith(request.ServedCluster + "/", StringComparison.Ordinal);

    /// <summary>A word as a POSIX shell takes it.</summary>
    public static string Quote(string word)
    {
        bool isPlain = word.Length > 0 && word.All(static c =>
            char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=' or ':' or ',' or '+' or '@' or '%');
        return isPlain ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }
}
