using System.Text;
using Sim.Runs.Scenario;

namespace Sim.Scenarios.Tests;

/// <summary>Writes docs/scenario.md from the key table.</summary>
internal static class Reference
{
    private const string Head = """
        # The scenario file

        One document, `scenario.yaml`, in a folder of its own. Everything is optional but `spec.clusters`; an
        unknown key is an error with a guess at what was meant. Editors can use [the JSON
        Schema](schema/scenario.schema.json). Assertions: [assertions.md](assertions.md). Examples:
        [scenarios](../scenarios/).

        **Values.** Durations `250ms`, `10s`, `5m`, `1h30m`, `365d`; rates `20/s`, `600/m`; sizes `512`, `4KiB`;
        shares `99.9%` or a number from 0 to 1. Paths are relative to the folder of the scenario.

        **Variants and overrides.** A variant is laid over `spec`: mappings are merged key by key, lists whose items
        all have a `name` are merged by it, every other list and value is replaced, and `null` removes. Then
        manifests are added and removed, then `--set path=value` is applied: `--set seed=7`, `--set
        traffic[payments].rate=40/s`, `--set clusters[0].region=x`.

        **Manifests** are taken as `kubectl apply -R -f` takes them. Pods come from Deployments, spread over the
        zones, or from a live dump (`kubectl get nodes,pods,services,endpointslices -o yaml`), which is taken as it
        is and not expanded again.

        **Steps that hold.** A step with `as: NAME` holds until its fault ends (`for`), until a later step says
        `ends: NAME`, or until the end of the run.

        **Faults.** `errors` (`status`, `rate`): the application answers with the status. `slow` (`factor`, `add`,
        `rate`): it takes longer. `app-down`: it is gone, its sidecar answers. `pod-failure` (`silent`): pod and
        sidecar are gone and nobody tells Kubernetes; connections are refused, or packets vanish. `pod-kill`: pods
        are deleted without grace and made again. `region-outage` (`region`, `silent`): every pod of a region, as
        pod-failure. `partition` (`target`, `action`, `direction`): two sets of pods cannot reach each other. All
        take `select`, `mode` (all, one, fixed, percent), `value` and `for`. The other types of the table are known
        and refused as not modelled yet.

        The tables below are written from the table that the reader uses; a test holds them equal.
        """;

    public static string Text()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (ScenarioObjectType type in ScenarioKeys.Objects)
        {
            text.Append($"\n## {type.Name}\n\n{type.Summary}\n\n")
                .Append("| key | value | meaning | default |\n|---|---|---|---|\n");
            foreach (ScenarioKey k in type.Keys)
            {
                text.Append($"| `{k.Name}` | {Value(k)} | {k.Summary.Replace("|", "\\|", StringComparison.Ordinal)} | ")
                    .Append(k.Required ? "required" : k.Default).Append(" |\n");
            }
        }

        return text.ToString();
    }

    private static string Value(ScenarioKey k)
    {
        string link = k.Of.Length > 0 ? $"[{k.Of}](#{k.Of.ToLowerInvariant()})" : "";
        return k.Type switch
        {
            KeyType.Choice => string.Join(", ", (k.Choices ?? []).Select(static c => "`" + c + "`")),
            KeyType.TextList => "list of texts",
            KeyType.DurationList => "list of durations",
            KeyType.TextMap => "names and texts",
            KeyType.ListMap => "names and lists",
            KeyType.Object => link,
            KeyType.ObjectList => "list of " + link,
            KeyType.ObjectMap => "names and " + link,
            KeyType.TextOrObject => "duration or " + link,
            KeyType.TextOrObjectList => "list of texts and " + link,
            KeyType.CallList => "list of " + link + " and of lists of them",
            KeyType.NumberOrShare => "number or share",
            KeyType.Free => "mapping",
            _ => k.Type.ToString().ToLowerInvariant(),
        };
    }
}
