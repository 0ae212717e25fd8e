namespace Sim.Runs;

/// <summary>An answer with data of a declared class that reached its caller; passed by reference, never kept.</summary>
internal struct DataFlow
{
    /// <summary>When it arrived, nanoseconds.</summary>
    public long AtNs;

    /// <summary>Entry request it belongs to; -1 = that one had already ended.</summary>
    public long Request;

    /// <summary>Pod that answered.</summary>
    public int Server;

    /// <summary>Pod that asked.</summary>
    public int Client;

    /// <summary>It came through a gateway.</summary>
    public bool ByGateway;

    /// <summary>Bytes of the answer.</summary>
    public long Bytes;

    /// <summary>The rule that let the request pass; empty when no policy applied.</summary>
    public string AllowedBy;
}
