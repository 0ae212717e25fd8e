using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Matrix;

/// <summary>The first difference between two documents.</summary>
/// <param name="Path">Path of the value.</param>
/// <param name="TextA">Value on one side.</param>
/// <param name="SpanA">Where; unknown when it is missing.</param>
/// <param name="TextB">Value on the other side.</param>
/// <param name="SpanB">Where; unknown when it is missing.</param>
internal sealed record NodeDifference(string Path, string TextA, SourceSpan SpanA, string TextB, SourceSpan SpanB)
{
    /// <summary>Compares two values: keys in any order, lists in theirs.</summary>
    /// <returns>Null when they say the same.</returns>
    public static NodeDifference? Find(YamlNode? a, YamlNode? b, string path)
    {
        switch (a, b)
        {
            case (null, null):
                return null;
            case (YamlScalar x, YamlScalar y) when x.Value == y.Value:
                return null;
            case (YamlMapping x, YamlMapping y):
                foreach (string key in x.Entries.Concat(y.Entries).Select(static e => e.Key)
                             .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                {
                    if (Find(x[key], y[key], path + "." + key) is { } inner)
                    {
                        return inner;
                    }
                }

                return null;
            case (YamlSequence x, YamlSequence y):
                for (int i = 0; i < Math.Max(x.Items.Count, y.Items.Count); i++)
                {
                    YamlNode? left = i < x.Items.Count ? x.Items[i] : null;
                    YamlNode? right = i < y.Items.Count ? y.Items[i] : null;
                    if (Find(left, right, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")) is { } inner)
                    {
                        return inner;
                    }
                }

                return null;
            default:
                return new NodeDifference(path, Text(a), a?.Span ?? default, Text(b), b?.Span ?? default);
        }
    }

    private static string Text(YamlNode? node) => node switch
    {
        null => "(missing)",
        YamlScalar s => s.Value,
        YamlSequence s => "[" + string.Join(", ", s.Items.Select(Text)) + "]",
        YamlMapping m => "{" + string.Join(", ", m.Entries.Select(static e => e.Key + ": " + Text(e.Value))) + "}",
        _ => "?",
    };
}
