using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>What one layer of admission says about an object.</summary>
public enum LayerVerdict
{
    /// <summary>Nothing to say.</summary>
    Accepted,

    /// <summary>Accepted with warnings.</summary>
    Warned,

    /// <summary>Refused.</summary>
    Refused,
}

/// <summary>One objection.</summary>
/// <param name="Text">The real program's text.</param>
/// <param name="Span">Where the offending value stands.</param>
/// <param name="Field">Path of the field, where the layer names one; otherwise empty.</param>
/// <param name="Hint">What to do about it, in our words; may be empty.</param>
public sealed record Objection(string Text, SourceSpan Span, string Field = "", string Hint = "");

/// <summary>Errors and warnings of one layer.</summary>
/// <param name="Errors">Reasons to refuse.</param>
/// <param name="Warnings">Warnings; lost when there are errors, as the API server loses them.</param>
/// <param name="IsDecoding">True when the body could not be decoded at all (HTTP 400 instead of 422).</param>
public sealed record LayerResult(
    IReadOnlyList<Objection> Errors, IReadOnlyList<Objection> Warnings, bool IsDecoding = false)
{
    /// <summary>A layer without anything to say.</summary>
    public static LayerResult Accepted { get; } = new([], []);

    /// <summary>The verdict.</summary>
    public LayerVerdict Verdict => Errors.Count > 0 ? LayerVerdict.Refused
        : Warnings.Count > 0 ? LayerVerdict.Warned : LayerVerdict.Accepted;

    /// <summary>A layer that refuses.</summary>
    public static LayerResult Refuse(params IReadOnlyList<Objection> errors) => new(errors, []);
}
