using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>What the API server asks of the metadata of every object.</summary>
/// <remarks>Source: Kubernetes apimachinery, validation of ObjectMeta; texts recorded with 1.35.</remarks>
internal static partial class MetadataCheck
{
    /// <summary>Text of a bad DNS-1123 subdomain.</summary>
    public const string Subdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
            "must start " +
        "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
        @"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    /// <summary>Text of a bad DNS-1123 label.</summary>
    public const string Label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " +
            "and end " +
        "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string Label1035 =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
            "character, " +
        "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
        "'[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValue =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must " +
            "start and " +
        "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for " +
            "validation is " +
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string QualifiedName =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
            "alphanumeric " +
        "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <summary>Checks name, labels and annotations.</summary>
    public static void Check(ObjectHeader header, List<Objection> errors)
    {
        ObjectMeta meta = header.Metadata;
        string name = meta.Name?.Value ?? "";
        SourceSpan at = meta.Name?.Span ?? meta.Span;
        if (name.Length == 0)
        {
            if (meta.GenerateName is null)
            {
                errors.Add(new Objection("Required value: name or generateName is required", at, "metadata.name"));
            }
        }
        else
        {
            CheckName(header.Kind, name, at, errors);
        }

        if (meta.Namespace is { Value.Length: > 0 } space
            && NameProblem(space.Value, LabelForm(), Label, 63) is { } text)
        {
            errors.Add(new Objection($"Invalid value: {JsonText.Quote(space.Value)}: {text}", space.Span,
                "metadata.namespace"));
        }

        CheckLabels(meta.Labels, "metadata.labels", errors);
        foreach (SpannedEntry<Spanned<string>> e in meta.Annotations)
        {
            if (QualifiedNameProblem(e.Key.ToLowerInvariant()) is { } problem)
            {
                errors.Add(new Objection($"Invalid value: {JsonText.Quote(e.Key)}: {problem}", e.KeySpan,
                    "metadata.annotations"));
            }
        }
    }

    /// <summary>Checks labels against Kubernetes' form.</summary>
    public static void CheckLabels(SpannedMap<Spanned<string>> labels, string field, List<Objection> errors)
    {
        foreach (SpannedEntry<Spanned<string>> e in labels)
        {
            if (QualifiedNameProblem(e.Key) is { } problem)
            {
                errors.Add(new Objection($"Invalid value: {JsonText.Quote(e.Key)}: {problem}", e.KeySpan, field));
            }

            string value = e.Value.Value;
            string? bad = value.Length > 63 ? "must be no more than 63 bytes"
                : LabelValueForm().IsMatch(value) ? null : LabelValue;
            if (bad is not null)
            {
                errors.Add(new Objection($"Invalid value: {JsonText.Quote(value)}: {bad}", e.Value.Span, field));
            }
        }
    }

    /// <summary>What is wrong with a DNS-1123 label, or null.</summary>
    public static string? LabelProblem(string value) => NameProblem(value, LabelForm(), Label, 63);

    /// <summary>What is wrong with a DNS-1123 subdomain, or null.</summary>
    public static string? SubdomainProblem(string value) => NameProblem(value, SubdomainForm(), Subdomain, 253);

    /// <summary>What is wrong with a qualified name such as a label key, or null.</summary>
    public static string? QualifiedNameProblem(string value)
    {
        int slash = value.LastIndexOf('/');
        string name = value[(slash + 1)..];
        if (name.Length == 0)
        {
            return "name part must be non-empty";
        }

        if (name.Length > 63)
        {
            return "name part must be no more than 63 bytes";
        }

        return !QualifiedForm().IsMatch(name) ? QualifiedName
            : slash >= 0 && SubdomainProblem(value[..slash]) is { } prefix ? "prefix part " + prefix : null;
    }

    private static void CheckName(string kind, string name, SourceSpan at, List<Objection> errors)
    {
        string? problem = kind switch
        {
            "Service" => NameProblem(name, Label1035Form(), Label1035, 63),
            "Namespace" => LabelProblem(name),
            _ => SubdomainProblem(name),
        };
        if (problem is not null)
        {
            errors.Add(new Objection($"Invalid value: {JsonText.Quote(name)}: {problem}", at, "metadata.name"));
        }
    }

    private static string? NameProblem(string value, Regex form, string text, int longest) =>
        value.Length > longest
            ? string.Create(CultureInfo.InvariantCulture, $"must be no more than {longest} characters")
            : form.IsMatch(value) ? null : text;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex SubdomainForm();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label1035Form();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelValueForm();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex QualifiedForm();
}
