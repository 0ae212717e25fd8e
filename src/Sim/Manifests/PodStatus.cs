using Sim.Core;

namespace Sim.Manifests;

/// <summary>What the cluster reports about a pod.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Phase">Pending, Running, Succeeded, Failed or Unknown.</param>
/// <param name="Conditions">Conditions such as Ready.</param>
/// <param name="PodIP">First address.</param>
/// <param name="PodIPs">All addresses.</param>
/// <param name="HostIP">Address of its node.</param>
/// <param name="StartTime">RFC 3339 time of the start.</param>
/// <param name="Reason">One word why.</param>
/// <param name="ContainerStatuses">State of each container.</param>
/// <param name="InitContainerStatuses">State of each init container.</param>
public sealed record PodStatus(
    SourceSpan Span, Spanned<string>? Phase, IReadOnlyList<StatusCondition> Conditions, Spanned<string>? PodIP,
    IReadOnlyList<PodIP> PodIPs, Spanned<string>? HostIP, Spanned<string>? StartTime, Spanned<string>? Reason,
    IReadOnlyList<ContainerStatus> ContainerStatuses, IReadOnlyList<ContainerStatus> InitContainerStatuses);

/// <summary>One address of a pod.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Ip">The address.</param>
[OtherFields("")]
public sealed record PodIP(
    SourceSpan Span, Spanned<string>? Ip);

/// <summary>State of one container.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name of the container.</param>
/// <param name="Ready">True when its readiness probe passes.</param>
/// <param name="RestartCount">How often it was restarted.</param>
public sealed record ContainerStatus(
    SourceSpan Span, Spanned<string>? Name, Spanned<bool>? Ready, Spanned<long>? RestartCount);
