using System.Text.Json.Nodes;
using Sim.Core;

namespace Sim.Runs.Inspection;

/// <summary>One setting of an item.</summary>
/// <param name="Path">Name inside the item, Envoy's names joined by dots.</param>
/// <param name="Value">Value as text.</param>
/// <param name="Span">The line that decided it; unknown = a default.</param>
internal readonly record struct ConfigSetting(string Path, string Value, SourceSpan Span);

/// <summary>A part of a proxy's configuration that can be compared: a cluster, its endpoints, a virtual host
/// ...</summary>
/// <param name="Kind">cluster, endpoints, route, listener or policy.</param>
/// <param name="Subject">Name.</param>
/// <param name="Span">Where it comes from.</param>
/// <param name="Settings">Settings.</param>
internal sealed record ConfigItem(
    string Kind, string Subject, SourceSpan Span, IReadOnlyList<ConfigSetting> Settings)
{
    /// <summary>The leaves of a JSON tree as settings.</summary>
    /// <param name="node">Tree.</param>
    /// <param name="path">Path of the tree.</param>
    /// <param name="spanOf">Line of a path.</param>
    /// <param name="without">Members of the top level that are left out.</param>
    public static IEnumerable<ConfigSetting> Leaves(
        JsonNode? node, string path, Func<string, SourceSpan> spanOf, params string[] without)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } o:
                foreach ((string name, JsonNode? child) in o)
                {
                    if (!without.Contains(name))
                    {
                        foreach (ConfigSetting s in Leaves(child, path.Length == 0 ? name : path + "." + name, spanOf))
                        {
                            yield return s;
                        }
                    }
                }

                break;
            case JsonArray { Count: > 0 } list when list[0] is JsonObject { Count: > 1 } or JsonArray:
                for (int i = 0; i < list.Count; i++)
                {
                    string at = path + "[" + i.ToString(System.Globalization.CultureInfo.InvariantCulture) + "]";
                    foreach (ConfigSetting s in Leaves(list[i], at, spanOf))
                    {
                        yield return s;
                    }
                }

                break;
            case JsonArray list:
                string text = string.Join(", ", list.Select(static x => x is JsonObject o ? Only(o) : x?.ToString()));
                yield return new ConfigSetting(path, text, spanOf(path));
                break;
            default:
                // A percentage of 0 is an empty message.
                string value = node is not JsonObject ? node?.ToString() ?? ""
                    : path.EndsWith("threshold", StringComparison.Ordinal) ? "0" : "on";
                yield return new ConfigSetting(path, value, spanOf(path));
                break;
        }
    }

    private static string Only(JsonObject o) => o.Count == 0 ? "" : o.First().Value?.ToString() ?? "";
}
