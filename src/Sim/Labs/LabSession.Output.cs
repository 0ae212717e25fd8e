using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;

namespace Sim.Labs;

/// <content>What commands in substitutions print, as far as it is known.</content>
internal sealed partial class LabSession
{
    /// <summary>Objects that an installation makes and that are not simulated.</summary>
    private static readonly string[] OfTheInstallation =
        ["istiod", "istio-ingressgateway", "istio-egressgateway", "istio-eastwestgateway", "istio",
            "istio-sidecar-injector", "istio-ca-secret", "istio-ca-root-cert"];

    /// <inheritdoc/>
    public string? Print(string command, int line)
    {
        IReadOnlyList<string> stages = ShellScan.Stages(command);
        string[] parts = stages[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["seq", .. var bounds])
        {
            return Sequence(bounds);
        }

        if (stages.Count > 1 || KubeWords.Of(stages[0]) is not { Program: "kubectl", Verb: "get" } words)
        {
            return parts is ["echo", ..] && stages.Count == 1 ? string.Join(' ', parts.Skip(1)).Trim('"', '\'') : null;
        }

        string form = words.Flag("-o", "--output");
        if (ClusterOf(words, line) is not { } cluster || words.Words.Count < 2)
        {
            return "";
        }

        string kind = ClusterObjects.KindOf(words.Words[1].Split('/')[0]);
        string name = words.Words[1].Contains('/', StringComparison.Ordinal) ? words.Words[1].Split('/')[1]
            : words.Words.Count > 2 ? words.Words[2] : "";
        IReadOnlyList<KubeObject> found = Find(cluster, words, kind, name);
        if (found.Count == 0)
        {
            if (IsOfTheInstallation(words.Namespace, name))
            {
                return null;
            }

            _notes.Warn(Runs.Scenario.ScenarioCodes.StepFailed, name.Length > 0
                ? $"Error from server (NotFound): {words.Words[1]} \"{name}\" not found: $(...) is empty"
                : $"No resources found in {words.Namespace} namespace: $(...) is empty", Span(line));
            return "";
        }

        return form == "name" ? string.Join('\n', found.Select(static o => o.Kind.ToLowerInvariant() + "/" + o.Name))
            : form.StartsWith("jsonpath=", StringComparison.Ordinal) ? Path(form["jsonpath=".Length..].Trim('\'', '"'),
                found, name.Length > 0) : null;
    }

    private static string? Sequence(string[] bounds)
    {
        int[] numbers = [.. bounds.Select(static b => int.TryParse(b, NumberStyles.None, CultureInfo.InvariantCulture,
            out int n) ? n : -1)];
        return numbers.Length is 1 or 2 && numbers.All(static n => n is >= 0 and <= 1_000)
            ? string.Join(' ', Enumerable.Range(numbers.Length == 1 ? 1 : numbers[0],
                Math.Max(0, numbers[^1] - (numbers.Length == 1 ? 0 : numbers[0] - 1))))
            : null;
    }

    private static bool IsOfTheInstallation(string space, string name) =>
        space == "istio-system" && OfTheInstallation.Contains(name);

    private IReadOnlyList<KubeObject> Find(string cluster, KubeWords words, string kind, string name)
    {
        string selector = words.Flag("-l", "--selector");
        string[][] labels =
            [.. selector.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static p => p.Split('=', 2))];
        bool isEverywhere = words.Has("-A", "--all-namespaces");
        return
        [
            .. Cluster(cluster).LiveObjects().Objects.Where(o => o.Kind == kind && (name.Length == 0 || o.Name == name)
                && (isEverywhere || o.Namespace.Length == 0 || o.Namespace == words.Namespace)
                && labels.All(l => l.Length == 2 && o.Label(l[0]) == l[1])),
        ];
    }

    /// <summary>A jsonpath of plain steps; null when it has others.</summary>
    private static string? Path(string path, IReadOnlyList<KubeObject> found, bool isOne)
    {
        string inner = path.Trim('{', '}', ' ');
        if (!isOne && AllItems().Match(inner) is { Success: true } all)
        {
            List<string?> each = [.. found.Select(o => Path(inner[all.Length..].Insert(0, "."), [o], true))];
            return each.Contains(null) ? null : string.Join(' ', each);
        }

        Match item = Item().Match(inner);
        int index = item.Success
            ? int.Parse(item.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (isOne == item.Success || index >= found.Count)
        {
            return null;
        }

        KubeObject o = found[index];
        string rest = item.Success ? inner[item.Length..] : inner;
        switch (rest)
        {
            case ".metadata.name":
                return o.Name;
            case ".metadata.namespace":
                return o.Namespace;
            case ".spec.clusterIP" when o is Service { Spec.ClusterIP: { } address }:
                return address.Value;
            default:
                break;
        }

        if (rest.Contains("\\.", StringComparison.Ordinal) || o.Node.Entries.Count == 0)
        {
            return null;
        }

        YamlNode? node = o.Node;
        foreach (Match step in Step().Matches(rest))
        {
            node = step.Groups[1].Success ? (node as YamlMapping)?[step.Groups[1].Value]
                : (node as YamlSequence)?.Items.ElementAtOrDefault(
                    int.Parse(step.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
        }

        return node is null ? "" : (node as YamlScalar)?.Value;
    }

    [GeneratedRegex(@"^\.items(?:\[\*\]\.|\.\.)")]
    private static partial Regex AllItems();

    [GeneratedRegex(@"^\.items\[(\d+)\]")]
    private static partial Regex Item();

    [GeneratedRegex(@"\.([A-Za-z_][\w-]*)|\[(\d+)\]")]
    private static partial Regex Step();
}
