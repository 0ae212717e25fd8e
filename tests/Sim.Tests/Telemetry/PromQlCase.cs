namespace Sim.Tests.Telemetry;

/// <summary>One line of a recording. A test is handed this and not the text, which is long and would be its name.
/// </summary>
internal sealed class PromQlCase(string folder, string id, string json, string differing = "")
{
    /// <summary>Folder of the family it stands in.</summary>
    public string Folder { get; } = folder;

    /// <summary>Its name in lists, with the family.</summary>
    public string Id { get; } = id;

    /// <summary>The line.</summary>
    public string Json { get; } = json;

    /// <summary>The line with the answers of a newer version; empty when they do not differ.</summary>
    public string Differing { get; } = differing;

    /// <inheritdoc/>
    public override string ToString() => Id;
}
