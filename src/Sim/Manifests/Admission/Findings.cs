using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Errors and warnings of the webhook about one object.</summary>
internal sealed class Findings
{
    /// <summary>Errors in the order they were found.</summary>
    public List<Objection> Errors { get; } = [];

    /// <summary>Warnings in the order they were found.</summary>
    public List<Objection> Warnings { get; } = [];

    /// <summary>Text put in front of every error.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Adds an error.</summary>
    public void Error(string text, SourceSpan span, string hint = "") =>
        Errors.Add(new Objection(Prefix + text, span, "", hint));

    /// <summary>Adds an error when there is a problem.</summary>
    public void ErrorIf(string? problem, SourceSpan span)
    {
        if (problem is not null)
        {
            Error(problem, span);
        }
    }

    /// <summary>Adds an error when a condition holds.</summary>
    public void ErrorIf(bool isWrong, string text, SourceSpan span)
    {
        if (isWrong)
        {
            Error(text, span);
        }
    }

    /// <summary>Adds a warning.</summary>
    public void Warn(string text, SourceSpan span, string hint = "") =>
        Warnings.Add(new Objection(text, span, "", hint));

    /// <summary>Takes over the errors, not the warnings, of a part whose warnings Istio loses.</summary>
    public void AddErrorsOf(Findings part) => Errors.AddRange(part.Errors);
}
