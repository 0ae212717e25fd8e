using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Lays one tree over another and applies <c>path=value</c> overrides.</summary>
/// <remarks>Mappings are merged key by key; lists whose items all bear a <c>name</c> are merged by it, new names at
/// the end; every other list and every scalar is replaced; null removes (as JSON merge patch, RFC 7396, with names
/// added).</remarks>
internal static class ScenarioOverlay
{
    /// <summary>The tree with the overlay on it.</summary>
    public static YamlNode Merge(YamlNode? below, YamlNode above)
    {
        if (above is YamlMapping over)
        {
            YamlMapping under = below as YamlMapping ?? new YamlMapping([], over.Span);
            return MergeMappings(under, over);
        }

        if (above is YamlSequence list && below is YamlSequence old && AllNamed(list) && AllNamed(old))
        {
            return MergeNamed(old, list);
        }

        return above;
    }

    /// <summary>A JSON merge patch (RFC 7396): mappings are merged, null removes, everything else is replaced.
    /// </summary>
    public static YamlNode MergePatch(YamlNode below, YamlNode patch)
    {
        if (patch is not YamlMapping over || below is not YamlMapping under)
        {
            return patch;
        }

        var entries = new List<YamlEntry>(under.Entries);
        foreach (YamlEntry e in over.Entries)
        {
            int at = entries.FindIndex(x => x.Key == e.Key);
            YamlNode? old = at >= 0 ? entries[at].Value : null;
            if (at >= 0)
            {
                entries.RemoveAt(at);
            }

            if (e.Value is not YamlScalar { IsNull: true })
            {
                YamlNode target = old ?? new YamlMapping([], e.KeySpan);
                entries.Add(new YamlEntry(e.Key, e.KeySpan, MergePatch(target, e.Value)));
            }
        }

        return new YamlMapping(entries, under.Span);
    }

    /// <summary>Applies <c>path=value</c> to the document.</summary>
    /// <returns>The changed document, or the same one with a finding.</returns>
    public static YamlMapping Set(YamlMapping root, string assignment, DiagnosticBag diagnostics)
    {
        var span = new SourceSpan("--set " + assignment, 1, 1);
        int equals = FindEquals(assignment);
        if (equals <= 0)
        {
            diagnostics.Error(ScenarioCodes.Override, $"--set needs path=value, not \"{assignment}\"", span,
                "such as --set seed=7 or --set traffic[payments].rate=40/s");
            return root;
        }

        if (SplitPath(assignment[..equals]) is not { } path)
        {
            diagnostics.Error(ScenarioCodes.Override, $"the path of --set {assignment} cannot be read", span,
                "keys with dots between them, list items as [0] or [name]");
            return root;
        }

        string text = assignment[(equals + 1)..];
        var own = new DiagnosticBag();
        IReadOnlyList<YamlNode> documents = YamlReader.Read(text, span.File, own);
        YamlNode value = !own.HasErrors && documents.Count == 1 ? documents[0] : new YamlScalar(text, true, span);
        if (text is "null" or "~")
        {
            value = new YamlScalar("null", true, span);
        }

        if (path[0] is not ("spec" or "metadata" or "apiVersion" or "kind"))
        {
            path.Insert(0, "spec");
        }

        return SetAt(root, path, 0, value, span, diagnostics) as YamlMapping ?? root;
    }

    private static YamlMapping MergeMappings(YamlMapping under, YamlMapping over)
    {
        var entries = new List<YamlEntry>(under.Entries);
        foreach (YamlEntry e in over.Entries)
        {
            int at = entries.FindIndex(x => x.Key == e.Key);
            if (e.Value is YamlScalar { IsNull: true })
            {
                if (at >= 0)
                {
                    entries.RemoveAt(at);
                }
            }
            else if (at >= 0)
            {
                entries[at] = new YamlEntry(e.Key, e.KeySpan, Merge(entries[at].Value, e.Value));
            }
            else
            {
                entries.Add(new YamlEntry(e.Key, e.KeySpan, Merge(null, e.Value)));
            }
        }

        return new YamlMapping(entries, under.Entries.Count > 0 ? under.Span : over.Span);
    }

    private static YamlSequence MergeNamed(YamlSequence old, YamlSequence list)
    {
        var items = new List<YamlNode>(old.Items);
        foreach (YamlNode item in list.Items)
        {
            int at = items.FindIndex(x => NameOf(x) == NameOf(item));
            if (at >= 0)
            {
                items[at] = Merge(items[at], item);
            }
            else
            {
                items.Add(item);
            }
        }

        return new YamlSequence(items, old.Span);
    }

    private static bool AllNamed(YamlSequence list) =>
        list.Items.Count > 0 && list.Items.All(static i => NameOf(i).Length > 0);

    private static string NameOf(YamlNode node) =>
        (node as YamlMapping)?["name"] is YamlScalar { IsNull: false } s ? s.Value : "";

    private static int FindEquals(string assignment)
    {
        int depth = 0;
        for (int i = 0; i < assignment.Length; i++)
        {
            depth += assignment[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (assignment[i] == '=' && depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary><c>a.b[c.d].e</c> -> a, b, [c.d], e; null when it cannot be read.</summary>
    private static List<string>? SplitPath(string path)
    {
        var parts = new List<string>();
        int i = 0;
        while (i < path.Length)
        {
            if (path[i] == '[')
            {
                int close = path.IndexOf(']', i);
                if (close <= i + 1)
                {
                    return null;
                }

                parts.Add(path[i..(close + 1)]);
                i = close + 1;
                if (i < path.Length && path[i] is not ('.' or '['))
                {
                    return null;
                }

                i += i < path.Length && path[i] == '.' ? 1 : 0;
                continue;
            }

            int end = path.IndexOfAny(['.', '['], i);
            end = end < 0 ? path.Length : end;
            if (end == i)
            {
                return null;
            }

            parts.Add(path[i..end]);
            i = end < path.Length && path[end] == '.' ? end + 1 : end;
        }

        return parts.Count == 0 ? null : parts;
    }

    private static YamlNode SetAt(
        YamlNode? node, List<string> path, int depth, YamlNode value, SourceSpan span, DiagnosticBag diagnostics)
    {
        if (depth == path.Count)
        {
            return value;
        }

        string part = path[depth];
        if (!part.StartsWith('['))
        {
            if (node is not (null or YamlMapping or YamlScalar { IsNull: true }))
            {
                diagnostics.Error(ScenarioCodes.Override,
                    $"--set: {string.Join('.', path.Take(depth))} is no mapping, it has no \"{part}\"", span);
                return node;
            }

            YamlMapping mapping = node as YamlMapping ?? new YamlMapping([], span);
            YamlNode changed = SetAt(mapping[part], path, depth + 1, value, span, diagnostics);
            return MergeReplacing(mapping, part, changed, span);
        }

        string index = part[1..^1];
        if (node is not YamlSequence list)
        {
            diagnostics.Error(ScenarioCodes.Override,
                $"--set: {string.Join('.', path.Take(depth))} is no list, it has no item {part}", span);
            return node ?? value;
        }

        int at = int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n
            : list.Items.ToList().FindIndex(i => NameOf(i) == index);
        if (at < 0 || at >= list.Items.Count)
        {
            diagnostics.Error(ScenarioCodes.Override,
                $"--set: {string.Join('.', path.Take(depth))} has no item {part}", span,
                Names.Hint(index, list.Items.Select(NameOf).Where(static x => x.Length > 0).ToList()));
            return node;
        }

        var items = new List<YamlNode>(list.Items);
        items[at] = SetAt(items[at], path, depth + 1, value, span, diagnostics);
        return new YamlSequence(items, list.Span);
    }

    private static YamlMapping MergeReplacing(YamlMapping mapping, string key, YamlNode value, SourceSpan span)
    {
        var entries = new List<YamlEntry>(mapping.Entries);
        int at = entries.FindIndex(e => e.Key == key);
        bool isRemoved = value is YamlScalar { IsNull: true };
        if (at >= 0 && isRemoved)
        {
            entries.RemoveAt(at);
        }
        else if (at >= 0)
        {
            entries[at] = new YamlEntry(key, entries[at].KeySpan, value);
        }
        else if (!isRemoved)
        {
            entries.Add(new YamlEntry(key, span, value));
        }

        return new YamlMapping(entries, mapping.Entries.Count > 0 ? mapping.Span : span);
    }
}
