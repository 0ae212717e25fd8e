using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>The fields of Istio's custom resources, read from the embedded table, per profile.</summary>
/// <remarks>
/// One line per field, nesting by leading blanks: name, type letter, attributes. <c>in=</c> says which profiles have
/// the
/// field (1 = 1.22, 2 = 1.29, 4 = 1.31); <c>22:</c> and <c>31:</c> in front of an attribute give another profile's
/// value, <c>-</c> its absence. A line with <c>!</c> is a rule of the field above it. Rules are those of 1.29.0.
/// </remarks>
internal sealed class CrdTable
{
    private static readonly Lazy<CrdTable>[] Tables =
        [.. Enum.GetValues<IstioProfile>().Select(static p => new Lazy<CrdTable>(() => new CrdTable(p)))];

    private readonly Dictionary<(string Group, string Kind), CrdField> _kinds = [];

    private CrdTable(IstioProfile profile)
    {
        (int bit, string own) = profile switch
        {
            IstioProfile.V1_22 => (1, "22:"),
            IstioProfile.V1_29 => (2, "29:"),
            _ => (4, "31:"),
        };
        using Stream stream = typeof(CrdTable).Assembly.GetManifestResourceStream("crd-fields.txt")
                              ?? throw new InvalidOperationException("the table of fields is not embedded");
        using var reader = new StreamReader(stream);
        var path = new List<CrdField?>();
        while (reader.ReadLine() is { } line)
        {
            ReadLine(line, bit, own, path);
        }
    }

    /// <summary>The table of a profile.</summary>
    public static CrdTable Of(IstioProfile profile) => Tables[(int)profile].Value;

    /// <summary>The top-level fields of a kind, or null when the profile does not have it.</summary>
    public CrdField? Find(string group, string kind) => _kinds.GetValueOrDefault((group, kind));

    private void ReadLine(string line, int bit, string own, List<CrdField?> path)
    {
        if (line.StartsWith("kind ", StringComparison.Ordinal))
        {
            string[] words = line.Split(' ');
            var root = new CrdField { Name = words[2], Type = "object" };
            foreach (string meta in (string[])["apiVersion", "kind", "metadata"])
            {
                root.Children.Add(new CrdField { Name = meta, Type = meta == "metadata" ? "object" : "string",
                    IsOpen = true });
            }

            path.Clear();
            path.Add(root);
            if (!words.Contains("in=4") || bit == 4)
            {
                _kinds.Add((words[1], words[2]), root);
            }

            return;
        }

        int depth = line.Length - line.TrimStart(' ').Length + 1;
        string text = line.TrimStart(' ');
        if (text[0] == '!')
        {
            AddRule(text, path[depth - 1]);
            return;
        }

        CrdField? parent = path[depth - 1];
        CrdField? field = parent is null ? null : Parse(text, bit, own);
        if (field is not null)
        {
            parent!.Children.Add(field);
        }

        path.RemoveRange(depth, path.Count - depth);
        path.Add(field);
    }

    private static void AddRule(string text, CrdField? field)
    {
        int tab = text.IndexOf('\t', StringComparison.Ordinal);
        string[] words = (tab < 0 ? text[1..] : text[1..tab]).Split(' ');
        field?.Rules.Add(new CrdRule(words[0], words[1..], tab < 0 ? "" : text[(tab + 1)..]));
    }

    private static CrdField? Parse(string text, int bit, string own)
    {
        string[] words = text.Split(' ');
        var field = new CrdField { Name = words[0], Type = TypeOf(words[1]) };
        foreach (string word in words.Skip(2))
        {
            if (word.StartsWith("in=", StringComparison.Ordinal))
            {
                if ((int.Parse(word[3..], CultureInfo.InvariantCulture) & bit) == 0)
                {
                    return null;
                }

                continue;
            }

            bool isOther = word.Length > 3 && char.IsAsciiDigit(word[0]) && word[2] == ':';
            if (!isOther)
            {
                Apply(field, word);
            }
            else if (word.StartsWith(own, StringComparison.Ordinal))
            {
                Apply(field, word[3..]);
            }
        }

        return field;
    }

    private static string TypeOf(string letter) => letter switch
    {
        "o" or "m" => "object",
        "a" => "array",
        "s" => "string",
        "i" => "integer",
        "n" => "number",
        "b" => "boolean",
        "x" => "int-or-string",
        _ => throw new InvalidOperationException("unknown type letter " + letter),
    };

    private static void Apply(CrdField field, string attribute)
    {
        bool isSet = attribute[0] != '-';
        string word = isSet ? attribute : attribute[1..];
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        string value = equals < 0 ? "" : word[(equals + 1)..];
        switch (name)
        {
            case "required":
                field.IsRequired = isSet;
                break;
            case "nullable":
                field.IsNullable = isSet;
                break;
            case "open":
                field.IsOpen = isSet;
                break;
            case "deprecated":
                break;
            case "format":
                field.IsBytes = isSet && value == "byte";
                break;
            case "enum":
                field.Enum = isSet ? value.Split('|') : [];
                break;
            case "listkeys":
                field.ListKeys = isSet ? value.Split('|') : [];
                break;
            case "pattern":
                field.Expression = isSet ? value : "";
                break;
            default:
                if (isSet)
                {
                    field.Bounds[name] = double.Parse(value, CultureInfo.InvariantCulture);
                }
                else
                {
                    field.Bounds.Remove(name);
                }

                break;
        }
    }
}
