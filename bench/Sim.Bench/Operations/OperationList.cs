using Sim.Engine;

namespace Sim.Bench.Operations;

/// <summary>Decisions and whole requests. Each is made anew: some hold much memory.</summary>
internal static class OperationList
{
    private static readonly (string Name, Func<Operation> Make)[] All =
    [
        ("route match/known template", static () => new RouteMatching(remembers: true)),
        ("route match/new request", static () => new RouteMatching(remembers: false)),
        ("authorization/known caller", static () => new Authorization(remembers: true)),
        ("authorization/new caller", static () => new Authorization(remembers: false)),
        ("priority, locality and pick", static () => new HostPick()),
        ("routed decision", static () => new RoutedDecision()),
        ("whole request/heap/300",
            static () => new WholeRequest<HeapPendingSet>(new HeapPendingSet(1_024), 300)),
        ("whole request/wheel/300",
            static () => new WholeRequest<WheelPendingSet>(new WheelPendingSet(1_024), 300)),
        ("whole request with timeouts/wheel/300",
            static () => new WholeRequest<WheelPendingSet>(new WheelPendingSet(1_024), 300, hasTimeouts: true)),
        ("whole request/wheel/3000",
            static () => new WholeRequest<WheelPendingSet>(new WheelPendingSet(1_024), 3_000)),
        ("whole request/wheel/30000",
            static () => new WholeRequest<WheelPendingSet>(new WheelPendingSet(1_024), 30_000)),
        ("request parts/general/300", static () => new RequestParts(300, isFused: false)),
        ("request parts/fused/300", static () => new RequestParts(300, isFused: true)),
    ];

    /// <summary>Names, in the order of the tables.</summary>
    public static IEnumerable<string> Names => All.Select(static o => o.Name);

    /// <summary>Makes an operation.</summary>
    public static Operation Make(string name) => Array.Find(All, o => o.Name == name).Make();
}
