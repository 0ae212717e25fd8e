using System.Globalization;
using System.Text;

namespace Sim.Manifests;

/// <summary>Writes a tree as YAML in block style.</summary>
/// <remarks>What reads it back gets an equal tree: scalars that were plain stay plain, all others stand in double
/// quotes. Comments, anchors and layout are not kept.</remarks>
public static class YamlText
{
    /// <summary>The text of a tree, with an end of line.</summary>
    public static string Write(YamlNode node)
    {
        var text = new StringBuilder();
        Append(text, node, 0, isAtStart: true);
        return text.ToString();
    }

    private static void Append(StringBuilder text, YamlNode node, int indent, bool isAtStart)
    {
        switch (node)
        {
            case YamlMapping { Entries.Count: > 0 } map:
                Begin(text, isAtStart);
                foreach (YamlEntry e in map.Entries)
                {
                    text.Append(' ', isAtStart ? 0 : indent).Append(KeyOf(e.Key)).Append(':');
                    isAtStart = false;
                    Append(text, e.Value, e.Value is YamlSequence ? indent : indent + 2, isAtStart: false);
                }

                break;
            case YamlSequence { Items.Count: > 0 } list:
                Begin(text, isAtStart);
                foreach (YamlNode item in list.Items)
                {
                    text.Append(' ', isAtStart ? 0 : indent).Append('-');
                    isAtStart = false;
                    bool isNested = item is YamlMapping { Entries.Count: > 0 } or YamlSequence { Items.Count: > 0 };
                    text.Append(isNested ? " " : "");
                    Append(text, item, indent + 2, isNested);
                }

                break;
            default:
                text.Append(isAtStart ? "" : " ").Append(node switch
                {
                    YamlMapping => "{}",
                    YamlSequence => "[]",
                    YamlScalar { IsPlain: true } s => s.Value,
                    _ => Quote(((YamlScalar)node).Value),
                }).Append('\n');
                break;
        }
    }

    private static void Begin(StringBuilder text, bool isAtStart) => text.Append(isAtStart ? "" : "\n");

    private static string KeyOf(string key) =>
        key.Length > 0 && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && char.IsAsciiLetter(key[0]) ? key : Quote(key);

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' or '\ufeff' =>
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }
}
