using Sim.Core;

namespace Sim.Manifests;

/// <summary>A pod, usually out of a live dump.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What runs.</param>
/// <param name="Status">Where and how it runs.</param>
[OtherFields("")]
public sealed record Pod(
    ObjectHeader Header, PodSpec? Spec, PodStatus? Status)
    : KubeObject(Header);

/// <summary>What the pods of a workload are made from.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Metadata">Labels and annotations of the pods.</param>
/// <param name="Spec">What runs.</param>
[OtherFields("")]
public sealed record PodTemplateSpec(
    SourceSpan Span, ObjectMeta? Metadata, PodSpec? Spec);

/// <summary>What runs in a pod.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Containers">Containers.</param>
/// <param name="InitContainers">Containers that run before, or alongside with restartPolicy Always.</param>
/// <param name="NodeName">Node it was placed on.</param>
/// <param name="NodeSelector">Labels a node must have.</param>
/// <param name="ServiceAccountName">Identity; default when absent.</param>
/// <param name="ServiceAccount">Older name of serviceAccountName.</param>
/// <param name="HostNetwork">True when it uses the node's network: no sidecar.</param>
/// <param name="Hostname">Host name.</param>
/// <param name="Subdomain">Subdomain, for headless services.</param>
/// <param name="RestartPolicy">Always, OnFailure or Never.</param>
/// <param name="TerminationGracePeriodSeconds">Seconds between the first signal and the kill.</param>
[OtherFields(
    "volumes ephemeralContainers activeDeadlineSeconds dnsPolicy automountServiceAccountToken " +
    "hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets hostAliases " +
    "priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks " +
    "preemptionPolicy overhead setHostnameAsFQDN os hostUsers schedulingGates resourceClaims " +
    "resources hostnameOverride workloadRef schedulerName tolerations affinity " +
    "topologySpreadConstraints")]
public sealed record PodSpec(
    SourceSpan Span, IReadOnlyList<Container> Containers, IReadOnlyList<Container> InitContainers,
    Spanned<string>? NodeName, SpannedMap<Spanned<string>> NodeSelector, Spanned<string>? ServiceAccountName,
    Spanned<string>? ServiceAccount, Spanned<bool>? HostNetwork, Spanned<string>? Hostname, Spanned<string>? Subdomain,
    Spanned<string>? RestartPolicy, Spanned<long>? TerminationGracePeriodSeconds);

/// <summary>One container.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name, unique in the pod.</param>
/// <param name="Image">Image.</param>
/// <param name="ImagePullPolicy">Always, IfNotPresent or Never.</param>
/// <param name="Ports">Declared ports.</param>
/// <param name="Env">Environment variables.</param>
/// <param name="ReadinessProbe">Decides whether the pod receives traffic.</param>
/// <param name="LivenessProbe">Decides whether the container is restarted.</param>
/// <param name="StartupProbe">Holds the other probes back until it succeeds.</param>
/// <param name="Resources">Processor and memory.</param>
/// <param name="RestartPolicy">Always for a sidecar among the init containers.</param>
[OtherFields(
    "command args workingDir envFrom resizePolicy restartPolicyRules volumeMounts volumeDevices " +
    "lifecycle terminationMessagePath terminationMessagePolicy securityContext stdin stdinOnce tty")]
public sealed record Container(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Image, Spanned<string>? ImagePullPolicy,
    IReadOnlyList<ContainerPort> Ports, IReadOnlyList<EnvVar> Env, Probe? ReadinessProbe, Probe? LivenessProbe,
    Probe? StartupProbe, ResourceRequirements? Resources, Spanned<string>? RestartPolicy);

/// <summary>Processor and memory asked for and allowed.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Limits">Most.</param>
/// <param name="Requests">Least.</param>
[OtherFields("claims")]
public sealed record ResourceRequirements(
    SourceSpan Span, [Quantity] SpannedMap<Spanned<string>> Limits, [Quantity] SpannedMap<Spanned<string>> Requests);

/// <summary>A declared port of a container.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name, which a Service may target.</param>
/// <param name="Port">Port, 1..65535.</param>
/// <param name="HostPort">Port on the node.</param>
/// <param name="Protocol">TCP (default), UDP or SCTP.</param>
[OtherFields("hostIP")]
public sealed record ContainerPort(
    SourceSpan Span, Spanned<string>? Name, [Field("containerPort")] Spanned<long>? Port, Spanned<long>? HostPort,
    Spanned<string>? Protocol);

/// <summary>An environment variable.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
[OtherFields("valueFrom")]
public sealed record EnvVar(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Value);

/// <summary>A check of a container.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Exec">Runs a command.</param>
/// <param name="HttpGet">Sends a GET.</param>
/// <param name="TcpSocket">Opens a connection.</param>
/// <param name="Grpc">Asks the gRPC health service.</param>
/// <param name="InitialDelaySeconds">Seconds before the first check.</param>
/// <param name="TimeoutSeconds">Seconds a check may take, default 1.</param>
/// <param name="PeriodSeconds">Seconds between checks, default 10.</param>
/// <param name="SuccessThreshold">Successes in a row that turn it to good, default 1.</param>
/// <param name="FailureThreshold">Failures in a row that turn it to bad, default 3.</param>
[OtherFields("terminationGracePeriodSeconds")]
public sealed record Probe(
    SourceSpan Span, ExecAction? Exec, HTTPGetAction? HttpGet, TCPSocketAction? TcpSocket, GRPCAction? Grpc,
    Spanned<long>? InitialDelaySeconds, Spanned<long>? TimeoutSeconds, Spanned<long>? PeriodSeconds,
    Spanned<long>? SuccessThreshold, Spanned<long>? FailureThreshold);

/// <summary>Runs a command.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Command">Command and arguments.</param>
[OtherFields("")]
public sealed record ExecAction(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Command);

/// <summary>Sends an HTTP GET.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Path">Path.</param>
/// <param name="Port">Port number or name.</param>
/// <param name="Host">Host, default the pod.</param>
/// <param name="Scheme">HTTP or HTTPS.</param>
/// <param name="HttpHeaders">Headers to send.</param>
[OtherFields("")]
public sealed record HTTPGetAction(
    SourceSpan Span, Spanned<string>? Path, Spanned<IntOrString>? Port, Spanned<string>? Host, Spanned<string>? Scheme,
    IReadOnlyList<HTTPHeader> HttpHeaders);

/// <summary>One header of a probe.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
[OtherFields("")]
public sealed record HTTPHeader(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Value);

/// <summary>Opens a TCP connection.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">Port number or name.</param>
/// <param name="Host">Host, default the pod.</param>
[OtherFields("")]
public sealed record TCPSocketAction(
    SourceSpan Span, Spanned<IntOrString>? Port, Spanned<string>? Host);

/// <summary>Asks the gRPC health service.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">Port.</param>
/// <param name="Service">Service to ask about.</param>
[OtherFields("")]
public sealed record GRPCAction(
    SourceSpan Span, Spanned<long>? Port, Spanned<string>? Service);
