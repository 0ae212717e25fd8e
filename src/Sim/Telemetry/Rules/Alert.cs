namespace Sim.Telemetry.Rules;

/// <summary>How far an alert has come.</summary>
public enum AlertState
{
    /// <summary>Its element has gone; kept for a quarter of an hour so that its end is told.</summary>
    Inactive,

    /// <summary>Its element is there, not long enough yet.</summary>
    Pending,

    /// <summary>It fires.</summary>
    Firing,
}

/// <summary>One alert of a rule: one element of its expression.</summary>
public sealed class Alert
{
    internal Alert(AlertingRule rule, LabelSet labels, long activeAtMs)
    {
        Rule = rule;
        Labels = labels;
        ActiveAtMs = activeAtMs;
    }

    /// <summary>The rule.</summary>
    public AlertingRule Rule { get; }

    /// <summary>Its labels: those of the element without the name, those of the rule, and <c>alertname</c>.</summary>
    public LabelSet Labels { get; }

    /// <summary>Its annotations, of the last evaluation that returned its element.</summary>
    public IReadOnlyList<Label> Annotations { get; internal set; } = [];

    /// <summary>How far it has come.</summary>
    public AlertState State { get; internal set; } = AlertState.Pending;

    /// <summary>The value of its element, of the last evaluation that returned it.</summary>
    public double Value { get; internal set; }

    /// <summary>When its element appeared, milliseconds since the epoch.</summary>
    public long ActiveAtMs { get; }

    /// <summary>When it began to fire; null when it has not.</summary>
    public long? FiredAtMs { get; internal set; }

    /// <summary>When it ended; null while it has not.</summary>
    public long? ResolvedAtMs { get; internal set; }

    /// <summary>Since when it fires without its element.</summary>
    internal long? KeptSinceMs { get; set; }
}

/// <summary>What an Alertmanager is told of an alert.</summary>
/// <param name="Labels">Its labels, with the server's external labels where it has none of that name.</param>
/// <param name="Annotations">Its annotations.</param>
/// <param name="StartsAtMs">When it began to fire.</param>
/// <param name="EndsAtMs">When it ended; null while it fires.</param>
public sealed record AlertNotification(
    LabelSet Labels, IReadOnlyList<Label> Annotations, long StartsAtMs, long? EndsAtMs);
