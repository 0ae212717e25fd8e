namespace Sim.Tests.Fuzz;

/// <summary>A reader of what users write.</summary>
/// <param name="Name">Name.</param>
/// <param name="Seeds">Sound texts, or texts with one mistake, that are broken further.</param>
/// <param name="Read">Reads a text. It may refuse it; it may not throw.</param>
internal sealed record FuzzTarget(string Name, Func<IReadOnlyList<string>> Seeds, Action<string, int> Read)
{
    /// <summary>Most mutations leave a readable text with other values.</summary>
    public bool StaysReadable { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
