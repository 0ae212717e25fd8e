namespace Sim.Envoy;

/// <summary>What an external authorizer answers.</summary>
public enum ExternalAnswerKind
{
    /// <summary>The request may pass.</summary>
    Allow,

    /// <summary>The request is refused.</summary>
    Deny,

    /// <summary>It answers with a server error.</summary>
    ServerError,

    /// <summary>It cannot be reached.</summary>
    Unreachable,
}

/// <summary>An external authorizer's answer.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Status">Status of a refusal.</param>
/// <param name="Body">Body of a refusal.</param>
public readonly record struct ExternalAnswer(ExternalAnswerKind Kind, int Status = 403, string Body = "")
{
    /// <summary>The request may pass.</summary>
    public static ExternalAnswer Allow => new(ExternalAnswerKind.Allow);
}
