namespace Sim.Telemetry.Scraping;

/// <summary>One series of a page.</summary>
public sealed class PageLine
{
    internal PageLine(string name, LabelSet labels)
    {
        Name = name;
        Labels = labels;
    }

    /// <summary>Name of the metric.</summary>
    public string Name { get; }

    /// <summary>Its labels without the name.</summary>
    public LabelSet Labels { get; }

    /// <summary>Its value now.</summary>
    public double Value { get; set; }

    /// <summary>Whether the page shows it now.</summary>
    public bool IsPresent { get; set; } = true;
}

/// <summary>What a target exposes: series that are made once and change their values.</summary>
/// <remarks>Lines are only added: a scraper remembers by index under which labels it stores a line, so a scrape costs
/// one append a line. A line that is no longer shown says so.</remarks>
public sealed class MetricsPage
{
    private readonly List<PageLine> _lines = [];

    /// <summary>The lines in the order they were added.</summary>
    public IReadOnlyList<PageLine> Lines => _lines;

    /// <summary>Adds a series.</summary>
    /// <param name="name">Name of the metric.</param>
    /// <param name="labels">Its labels without the name.</param>
    public PageLine Add(string name, LabelSet labels)
    {
        var line = new PageLine(name, labels);
        _lines.Add(line);
        return line;
    }
}
