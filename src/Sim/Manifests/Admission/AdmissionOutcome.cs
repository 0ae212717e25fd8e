namespace Sim.Manifests.Admission;

/// <summary>What <c>kubectl apply</c> of one document gives, layer by layer.</summary>
/// <param name="Client">kubectl itself: form, kind known to the server, name given.</param>
/// <param name="Fields">Strict field check: one error per unknown field.</param>
/// <param name="Schema">Schema and rules of the kind, on what is left after pruning.</param>
/// <param name="Webhook">istiod's webhook, on what is left after pruning.</param>
/// <param name="Object">The object as it would be kept after pruning; null when the client layer refuses.</param>
public sealed record AdmissionOutcome(
    LayerResult Client, LayerResult Fields, LayerResult Schema, LayerResult Webhook, KubeObject? Object)
{
    /// <summary>What the server remarks whatever becomes of the object, such as a deprecated version.</summary>
    public IReadOnlyList<Objection> Notices { get; init; } = [];

    /// <summary>The client's objection is its own check of fields, which only strict mode asks for.</summary>
    public bool IsClientValidation { get; init; }

    /// <summary>True when a cluster in this mode keeps the object.</summary>
    /// <remarks>Order of the layers as recorded: client, fields, schema, webhook; the first refusal ends it.</remarks>
    public bool IsStored(AdmissionMode mode) => Object is not null && RefusingLayer(mode) is null;

    /// <summary>The layer that refuses in this mode, or null.</summary>
    public LayerResult? RefusingLayer(AdmissionMode mode)
    {
        bool Refuses(LayerResult layer) => layer.Verdict == LayerVerdict.Refused;
        return Refuses(Client) && (mode == AdmissionMode.Strict || !IsClientValidation) ? Client
            : mode == AdmissionMode.Strict && Refuses(Fields) ? Fields
            : Refuses(Schema) ? Schema
            : mode != AdmissionMode.Lax && Refuses(Webhook) ? Webhook
            : null;
    }

    /// <summary>Warnings that kubectl prints in this mode; none when the object is refused by the webhook.</summary>
    public IReadOnlyList<Objection> WarningsIn(AdmissionMode mode)
    {
        if (Object is null || mode == AdmissionMode.Lax)
        {
            return [];
        }

        IReadOnlyList<Objection> pruned = mode == AdmissionMode.Warn ? [.. Notices, .. Fields.Errors] : Notices;
        return IsStored(mode) ? [.. pruned, .. Webhook.Warnings] : pruned;
    }
}
