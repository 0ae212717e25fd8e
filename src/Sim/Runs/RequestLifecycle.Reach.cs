namespace Sim.Runs;

/// <summary>Whether a connection between two pods can be made at all.</summary>
internal enum Reach
{
    /// <summary>It can.</summary>
    Open,

    /// <summary>Their networks do not reach each other.</summary>
    NoRoute,

    /// <summary>Packets vanish.</summary>
    Cut,

    /// <summary>It is refused.</summary>
    Refused,
}

/// <content>What a question about policies needs to know of the way.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>What happens to a connection from one pod to another now.</summary>
    public Reach ReachOf(PodRuntime from, PodRuntime to) => !IsRouted(from, to) ? Reach.NoRoute
        : IsCut(from, to) ? Reach.Cut : to.Refuses || IsRejected(from, to) ? Reach.Refused : Reach.Open;
}
