using System.Text;
using System.Text.Json;

namespace Sim.Manifests;

/// <summary>Writes nodes as compact JSON, the form of API server messages and of stored objects.</summary>
internal static class JsonText
{
    /// <summary>A node as JSON with the keys of mappings in ordinal order, as Go writes maps.</summary>
    public static string Of(YamlNode node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    /// <summary>True for the text of a JSON object, which kubectl sends as it is; repeated keys do not matter.
    /// </summary>
    public static bool IsJson(string text)
    {
        if (!text.AsSpan().TrimStart(" \t\r\n").StartsWith("{"))
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 200 });
            return true;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>A quoted JSON text.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        AppendQuoted(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, YamlNode node)
    {
        switch (node)
        {
            case YamlMapping m:
                text.Append('{');
                string separator = "";
                foreach (YamlEntry e in m.Entries.OrderBy(static e => e.Key, StringComparer.Ordinal))
                {
                    text.Append(separator);
                    AppendQuoted(text, e.Key);
                    text.Append(':');
                    Append(text, e.Value);
                    separator = ",";
                }

                text.Append('}');
                break;
            case YamlSequence s:
                text.Append('[');
                for (int i = 0; i < s.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Append(text, s.Items[i]);
                }

                text.Append(']');
                break;
            case YamlScalar scalar:
                text.Append(ScalarValue.Of(scalar).ToJson());
                break;
            default:
                throw new InvalidOperationException("unknown node " + node.GetType().Name);
        }
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4",
                    System.Globalization.CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
