using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Reads <c>istioctl install</c> lines of the timeline.</summary>
/// <remarks>Only its settings are judged (see <see cref="InstallCheck"/>): what is installed is what the cluster's
/// <c>controlPlane</c> says. Other verbs and flags are refused.</remarks>
public static class IstioctlLine
{
    private static readonly string[] ValueFlags = ["--context", "--set", "-s", "-n", "--namespace", "-r", "--revision"];

    private static readonly string[] PlainFlags = ["-y", "--skip-confirmation", "--force", "--verify"];

    /// <summary>Whether a line is one of istioctl's.</summary>
    /// <param name="line">The line; null = none.</param>
    public static bool IsOne(string? line) =>
        line is not null && line.TrimStart().StartsWith("istioctl ", StringComparison.Ordinal);

    /// <summary>Reads a line.</summary>
    /// <param name="document">Scenario, for cluster names.</param>
    /// <param name="line">The line with its place.</param>
    /// <param name="diagnostics">Receives MS3013 for lines that cannot be carried out.</param>
    /// <returns>The change; null when there was an error.</returns>
    public static KubectlCommand? Parse(ScenarioDocument document, Sourced<string> line, DiagnosticBag diagnostics)
    {
        if (!ShellWords.TrySplit(line.Value, out IReadOnlyList<string> words))
        {
            return Refuse("a quote of the istioctl line is not closed", "");
        }

        if (words.Count < 2 || words[1] != "install")
        {
            return Refuse("of istioctl only install is carried out", "istioctl install --set PATH=VALUE");
        }

        var settings = new List<KeyValuePair<string, string>>();
        List<string> clusters = document.Clusters.Select(static c => c.Name.Value).ToList();
        string cluster = clusters.Count == 1 ? clusters[0] : "";
        bool isForced = false;
        for (int i = 2; i < words.Count; i++)
        {
            (string flag, string? value) = SplitFlag(words[i]);
            if (!ValueFlags.Contains(flag) && !PlainFlags.Contains(flag))
            {
                return Refuse($"istioctl install: the flag {flag} is unknown here",
                    Names.Hint(flag, [.. ValueFlags, .. PlainFlags]));
            }

            if (ValueFlags.Contains(flag) && (value ??= i + 1 < words.Count ? words[++i] : null) is null)
            {
                return Refuse($"istioctl install: the flag {flag} needs a value", "");
            }

            isForced |= flag == "--force";
            cluster = flag == "--context" ? value! : cluster;
            if (flag is "--set" or "-s")
            {
                string[] pair = value!.Split('=', 2);
                settings.Add(new(pair[0], pair.Length == 2 ? pair[1] : ""));
            }
        }

        return clusters.Contains(cluster)
            ? new KubectlCommand(cluster, [new InstallIstio(settings, isForced, line.Span)])
            : Refuse(cluster.Length == 0 ? "the istioctl line names no context" : $"there is no cluster \"{cluster}\"",
                "add --context=" + clusters.FirstOrDefault("CLUSTER"));

        KubectlCommand? Refuse(string message, string hint)
        {
            diagnostics.Error(ScenarioCodes.Kubectl, message, line.Span, hint);
            return null;
        }
    }

    private static (string Flag, string? Value) SplitFlag(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 || !word.StartsWith("--", StringComparison.Ordinal) ? (word, null)
            : (word[..equals], word[(equals + 1)..]);
    }
}
