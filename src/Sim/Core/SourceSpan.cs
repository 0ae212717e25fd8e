using System.Globalization;

namespace Sim.Core;

/// <summary>Where a value stands in a file. Line and column count from 1; 0 means unknown.</summary>
/// <param name="File">Path as the user gave it, with forward slashes; empty when the value has no file.</param>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column.</param>
public readonly record struct SourceSpan(string File, int Line, int Column)
{
    /// <summary>A value that stands in no file, such as a default.</summary>
    public static SourceSpan None { get; } = new("", 0, 0);

    /// <summary>True when the span names a file.</summary>
    public bool IsKnown => !string.IsNullOrEmpty(File);

    /// <summary><c>file:line</c>, the form every message and <c>why</c> use; empty when unknown.</summary>
    public override string ToString() => !IsKnown ? ""
        : Line <= 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
