using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>A value of the scenario with the place where it was written.</summary>
/// <param name="Value">The value.</param>
/// <param name="Span">Its place; <see cref="SourceSpan.None"/> for a default.</param>
/// <typeparam name="T">Type of the value.</typeparam>
public sealed record Sourced<T>(T Value, SourceSpan Span)
{
    /// <summary>True when the user wrote the value; false for a default.</summary>
    public bool IsWritten => Span.IsKnown;

    /// <summary>The value alone.</summary>
    public static implicit operator T(Sourced<T> sourced) => sourced.Value;

    /// <inheritdoc/>
    public override string ToString() => Value?.ToString() ?? "";
}

/// <summary>Values without a place.</summary>
public static class Sourced
{
    /// <summary>No value, written nowhere.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    public static Sourced<T> None<T>() => new(default!, SourceSpan.None);
}
