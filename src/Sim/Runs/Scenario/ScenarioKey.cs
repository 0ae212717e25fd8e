namespace Sim.Runs.Scenario;

/// <summary>What a key's value looks like.</summary>
public enum KeyType
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A duration such as <c>250ms</c> or <c>1h30m</c>.</summary>
    Duration,

    /// <summary>A rate such as <c>20/s</c>.</summary>
    Rate,

    /// <summary>A size such as <c>4KiB</c>.</summary>
    Size,

    /// <summary>A share such as <c>99.9%</c>, or a number from 0 to 1.</summary>
    Share,

    /// <summary>An integer.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A date and time, ISO 8601 in UTC.</summary>
    Timestamp,

    /// <summary>One of a list of words.</summary>
    Choice,

    /// <summary>A list of texts.</summary>
    TextList,

    /// <summary>A list of durations.</summary>
    DurationList,

    /// <summary>A mapping of texts to texts.</summary>
    TextMap,

    /// <summary>A mapping of names to lists of texts.</summary>
    ListMap,

    /// <summary>A mapping with keys of its own.</summary>
    Object,

    /// <summary>A list of mappings.</summary>
    ObjectList,

    /// <summary>A mapping of names to mappings.</summary>
    ObjectMap,

    /// <summary>Text or a mapping.</summary>
    TextOrObject,

    /// <summary>A list of texts or mappings.</summary>
    TextOrObjectList,

    /// <summary>A list whose items are mappings (in sequence) or lists of mappings (in parallel).</summary>
    CallList,

    /// <summary>A number or a share, depending on a neighbour.</summary>
    NumberOrShare,

    /// <summary>A mapping whose keys are somebody else's.</summary>
    Free,
}

/// <summary>One key of the scenario file.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">What its value looks like.</param>
/// <param name="Summary">What it means, for people.</param>
/// <param name="Of">Kind of mapping the value consists of, see <see cref="ScenarioKeys.Objects"/>; empty for others.
/// </param>
/// <param name="Default">Value when the key is absent; empty = nothing.</param>
/// <param name="Required">Whether it must be there.</param>
/// <param name="Choices">The words of a choice.</param>
public sealed record ScenarioKey(
    string Name, KeyType Type, string Summary, string Of = "", string Default = "", bool Required = false,
    IReadOnlyList<string>? Choices = null);

/// <summary>One kind of mapping of the scenario file.</summary>
/// <param name="Name">Name of the kind; the schema's definition bears it.</param>
/// <param name="Summary">What it describes.</param>
/// <param name="Keys">Its keys, in the order of the reference.</param>
public sealed record ScenarioObjectType(string Name, string Summary, IReadOnlyList<ScenarioKey> Keys)
{
    /// <summary>The key of a name, or null.</summary>
    public ScenarioKey? Find(string name)
    {
        foreach (ScenarioKey k in Keys)
        {
            if (k.Name == name)
            {
                return k;
            }
        }

        return null;
    }
}
