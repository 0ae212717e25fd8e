using System.Globalization;

namespace Sim.Manifests.Admission;

/// <summary>The strict field check of a custom resource, and the pruning that follows where it is not strict.</summary>
/// <remarks>
/// A key that the schema does not have is an error in strict mode and is removed otherwise. Nulls of fields that are
/// not nullable are removed as well, without a word. Source: Kubernetes apiextensions-apiserver, structural schema
/// pruning and null defaulting; recorded in family admission.
/// </remarks>
internal sealed class FieldCheck
{
    private readonly List<Objection> _errors = [];
    private readonly CrdField _root;

    private FieldCheck(CrdField root) => _root = root;

    /// <summary>Checks and prunes a document.</summary>
    /// <returns>The pruned document and one objection per unknown field.</returns>
    public static (YamlMapping Pruned, IReadOnlyList<Objection> Errors) Run(
        YamlMapping document, CrdField root, IReadOnlyList<BindIssue> metadataIssues)
    {
        var check = new FieldCheck(root);
        var pruned = (YamlMapping)check.Prune(document, root, "");
        foreach (BindIssue i in metadataIssues)
        {
            if (i.Fault == BindFault.UnknownField)
            {
                check._errors.Add(new Objection($"unknown field \"{i.Path}\"", i.Span, i.Path,
                    HintFor(i.Path, i.Known)));
            }
        }

        check._errors.Sort(static (a, b) => string.CompareOrdinal(a.Field, b.Field));
        return (pruned, check._errors);
    }

    /// <summary>One objection per repeated key of a document that was written as JSON: it is sent as it is, and the
    /// server's decoder tells. From YAML kubectl makes JSON of its own, which has the last value only.</summary>
    public static IReadOnlyList<Objection> Repeated(YamlNode document)
    {
        var errors = new List<Objection>();
        AddRepeated(document, "", errors);
        return errors;
    }

    /// <summary>A did-you-mean for an unknown key among the known ones.</summary>
    public static string HintFor(string path, IEnumerable<string> known)
    {
        string key = path[(path.LastIndexOf('.') + 1)..];
        string? near = Nearest.Of(key, known);
        return near is null ? "" : $"did you mean {near}?";
    }

    private static void AddRepeated(YamlNode node, string path, List<Objection> errors)
    {
        if (node is YamlMapping map)
        {
            string prefix = path.Length == 0 ? "" : path + ".";
            errors.AddRange(map.RepeatedJsonKeys.Select(e => new Objection(
                $"duplicate field \"{prefix}{e.Key}\"", e.KeySpan, prefix + e.Key, "keep one of them")));
            foreach (YamlEntry e in map.Entries)
            {
                AddRepeated(e.Value, prefix + e.Key, errors);
            }
        }
        else if (node is YamlSequence list)
        {
            for (int i = 0; i < list.Items.Count; i++)
            {
                AddRepeated(list.Items[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), errors);
            }
        }
    }

    private YamlNode Prune(YamlNode node, CrdField? field, string path)
    {
        if (field is { IsOpen: true })
        {
            return node;
        }

        switch (node)
        {
            case YamlMapping map:
                var entries = new List<YamlEntry>(map.Entries.Count);
                foreach (YamlEntry e in map.Entries)
                {
                    string at = path.Length == 0 ? e.Key : path + "." + e.Key;
                    CrdField? child = field?.Child(e.Key) ?? field?.Values;
                    if (child is null || e.Key is "[]" or "{}")
                    {
                        _errors.Add(new Objection($"unknown field \"{at}\"", e.KeySpan, at, Hint(e.Key, at, field)));
                    }
                    else if (e.Value is not YamlScalar { IsNull: true } || child.IsNullable || child.IsOpen)
                    {
                        entries.Add(e with { Value = Prune(e.Value, child, at) });
                    }
                }

                return new YamlMapping(entries, map.Span);
            case YamlSequence sequence:
                var items = new List<YamlNode>(sequence.Items.Count);
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    items.Add(Prune(sequence.Items[i], field?.Items,
                        string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")));
                }

                return new YamlSequence(items, sequence.Span);
            default:
                return node;
        }
    }

    private string Hint(string key, string path, CrdField? parent)
    {
        string? elsewhere = FindElsewhere(_root, key, "", path);
        if (elsewhere is not null)
        {
            return $"it belongs under {elsewhere}";
        }

        string? near = parent is null ? null : Nearest.Of(key, parent.KnownNames);
        return near is null ? "" : $"did you mean {near}?";
    }

    /// <summary>The nearest place, by shared beginning and then length, where a key of this very name exists.</summary>
    private static string? FindElsewhere(CrdField root, string key, string path, string wrong)
    {
        string? best = null;
        int bestShared = -1;
        var pending = new Stack<(CrdField Field, string Path)>();
        pending.Push((root, path));
        while (pending.TryPop(out (CrdField Field, string Path) at))
        {
            foreach (CrdField c in at.Field.Children)
            {
                string child = c.Name is "[]" or "{}" ? at.Path + c.Name
                    : at.Path.Length == 0 ? c.Name : at.Path + "." + c.Name;
                if (c.Name == key && at.Path.Length > 0)
                {
                    int shared = SharedLength(at.Path, wrong);
                    if (shared > bestShared || (shared == bestShared && best is not null && IsNearer(at.Path, best)))
                    {
                        best = at.Path;
                        bestShared = shared;
                    }
                }

                pending.Push((c, child));
            }
        }

        return best;
    }

    private static bool IsNearer(string a, string b) =>
        a.Length != b.Length ? a.Length < b.Length : string.CompareOrdinal(a, b) < 0;

    private static int SharedLength(string a, string b)
    {
        int n = 0;
        while (n < a.Length && n < b.Length && a[n] == b[n])
        {
            n++;
        }

        return n;
    }
}
