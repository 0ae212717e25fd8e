namespace Sim.Xds;

/// <summary>Region, zone and sub-zone. Empty parts mean unknown; three empty parts are the unknown locality.</summary>
/// <remarks>Envoy: api/envoy/config/core/v3/base.proto#Locality. Ordered part by part in byte order.</remarks>
public sealed record Locality(string Region, string Zone, string SubZone) : IComparable<Locality>
{
    /// <summary>The unknown locality.</summary>
    public static Locality Empty { get; } = new("", "", "");

    /// <summary>Reads <c>region/zone/subzone</c>; missing parts are empty, further ones are dropped.</summary>
    public static Locality Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Empty;
        }

        string[] parts = text.Split('/');
        return new Locality(parts[0], parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "");
    }

    /// <inheritdoc/>
    public int CompareTo(Locality? other)
    {
        if (other is null)
        {
            return 1;
        }

        int c = string.CompareOrdinal(Region, other.Region);
        c = c != 0 ? c : string.CompareOrdinal(Zone, other.Zone);
        return c != 0 ? c : string.CompareOrdinal(SubZone, other.SubZone);
    }

    /// <summary><c>region/zone/subzone</c> with empty parts kept; the unknown locality is the empty text.</summary>
    public override string ToString() =>
        Region.Length + Zone.Length + SubZone.Length == 0 ? "" : Region + "/" + Zone + "/" + SubZone;
}
