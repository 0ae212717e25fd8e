using Sim.Core;

namespace Sim.Runs;

/// <summary>What a server's filters decide about one kind of request of one kind of caller.</summary>
/// <param name="Allowed">The request goes on to the application.</param>
/// <param name="Details">Response code details of a refusal.</param>
/// <param name="Rule">The deciding rule; empty = none.</param>
/// <param name="Origin">Where the rule stands.</param>
internal sealed record RbacVerdict(bool Allowed, string Details, string Rule, SourceSpan Origin)
{
    /// <summary>Status of a refusal.</summary>
    public short Status { get; init; } = 403;

    /// <summary>How a request ends that is refused like this.</summary>
    public Disposition Refusal { get; init; } =
        Details.StartsWith("rbac", StringComparison.Ordinal) ? Disposition.DeniedRbac
        : Details.StartsWith("jwt", StringComparison.Ordinal) ? Disposition.DeniedJwt : Disposition.Served;
}
