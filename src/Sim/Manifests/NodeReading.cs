namespace Sim.Manifests;

/// <summary>Reads nodes leniently, as Go reads decoded messages: what is absent, null or of another type is the zero
/// value.</summary>
internal static class NodeReading
{
    /// <summary>The value at a path of keys, or null when it is absent or null.</summary>
    public static YamlNode? At(this YamlNode? node, params ReadOnlySpan<string> path)
    {
        foreach (string key in path)
        {
            node = (node as YamlMapping)?[key];
        }

        return node is YamlScalar { IsNull: true } ? null : node;
    }

    /// <summary>The text at a path, empty when there is none.</summary>
    public static string Text(this YamlNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is YamlScalar s ? s.Value : "";

    /// <summary>The items at a path, empty when there is no list.</summary>
    public static IReadOnlyList<YamlNode> Items(this YamlNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is YamlSequence s ? s.Items : [];

    /// <summary>The entries at a path, empty when there is no mapping.</summary>
    public static IReadOnlyList<YamlEntry> Entries(this YamlNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is YamlMapping m ? m.Entries : [];

    /// <summary>The texts of a list at a path; items that are no text count as empty.</summary>
    public static IReadOnlyList<string> Texts(this YamlNode? node, params ReadOnlySpan<string> path)
    {
        IReadOnlyList<YamlNode> items = node.Items(path);
        return items.Count == 0 ? [] : [.. items.Select(static i => i.Text())];
    }

    /// <summary>The whole number at a path, also a quoted one; 0 when there is none.</summary>
    public static long Number(this YamlNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not YamlScalar s)
        {
            return 0;
        }

        ScalarValue v = ScalarValue.Of(s);
        return v.Kind == ScalarKind.Integer ? v.Integer
            : long.TryParse(s.Value, System.Globalization.NumberStyles.AllowLeadingSign,
                System.Globalization.CultureInfo.InvariantCulture, out long quoted) ? quoted : 0;
    }

    /// <summary>The truth value at a path; false when there is none.</summary>
    public static bool Flag(this YamlNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is YamlScalar s && ScalarValue.Of(s) is { Kind: ScalarKind.Bool, Bool: true };
}
