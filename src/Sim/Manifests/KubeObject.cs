using Sim.Core;

namespace Sim.Manifests;

/// <summary>What every object has.</summary>
/// <param name="ApiVersion">Group and version, such as <c>networking.istio.io/v1</c>.</param>
/// <param name="Kind">Kind, such as <c>Service</c>.</param>
/// <param name="Metadata">Metadata as written.</param>
/// <param name="Namespace">Namespace, completed with <c>default</c>; empty for kinds without one.</param>
/// <param name="Span">Where the document begins.</param>
/// <param name="Node">The document as it is kept: after pruning, in the kept form of the admission mode.</param>
public sealed record ObjectHeader(
    string ApiVersion, string Kind, ObjectMeta Metadata, string Namespace, SourceSpan Span, YamlMapping Node);

/// <summary>One typed object of a cluster.</summary>
/// <param name="Header">Kind, metadata and place.</param>
public abstract record KubeObject(ObjectHeader Header)
{
    /// <summary>Group and version.</summary>
    public string ApiVersion => Header.ApiVersion;

    /// <summary>API group; empty for the core group.</summary>
    public string Group => ApiVersion.Contains('/') ? ApiVersion[..ApiVersion.IndexOf('/')] : "";

    /// <summary>Kind.</summary>
    public string Kind => Header.Kind;

    /// <summary>Metadata.</summary>
    public ObjectMeta Metadata => Header.Metadata;

    /// <summary>Name.</summary>
    public string Name => Header.Metadata.Name?.Value ?? "";

    /// <summary>Namespace, completed with <c>default</c>; empty for kinds without one.</summary>
    public string Namespace => Header.Namespace;

    /// <summary>Where the document begins.</summary>
    public SourceSpan Span => Header.Span;

    /// <summary>The document as it is kept.</summary>
    public YamlMapping Node => Header.Node;

    /// <summary><c>Kind namespace/name</c>, the form diagnostics use.</summary>
    public string Resource => Namespace.Length == 0 ? Kind + " " + Name : Kind + " " + Namespace + "/" + Name;

    /// <summary>Value of a label, or null.</summary>
    public string? Label(string key) => Metadata.Labels.Find(key)?.Value;

    /// <summary>Value of an annotation, or null.</summary>
    public string? Annotation(string key) => Metadata.Annotations.Find(key)?.Value;
}

/// <summary>An object of a kind that has no typed form here; kept as written.</summary>
/// <param name="Header">Kind, metadata and place.</param>
public sealed record OtherObject(ObjectHeader Header) : KubeObject(Header);
