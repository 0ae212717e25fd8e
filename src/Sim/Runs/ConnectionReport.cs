using Sim.Envoy;

namespace Sim.Runs;

/// <summary>What a sidecar reports of a connection it made: answer, tries, flags.</summary>
/// <param name="Status">HTTP status; 0 on TCP or when the server's own proxy and application answer.</param>
/// <param name="Attempts">Tries in all.</param>
/// <param name="Flags">Response flags as logged; empty = none.</param>
/// <param name="Details">Response code details without the TLS library's text; empty on TCP.</param>
/// <param name="IsOpen">The connection carries data.</param>
public sealed record ConnectionReport(int Status, int Attempts, string Flags, string Details, bool IsOpen)
{
    /// <summary>Puts an outcome into what the access log of the client's sidecar says.</summary>
    /// <remarks>Envoy: source/common/router/router.cc, source/common/tcp_proxy/tcp_proxy.cc, as <c>oracle/mtls</c>
    /// recorded it. A connect failure is tried again, a refusal after the handshake is not.</remarks>
    /// <param name="outcome">What becomes of the connection.</param>
    /// <param name="isHttp">It carries HTTP.</param>
    /// <param name="retries">Retries on connect failure.</param>
    public static ConnectionReport Of(HandshakeOutcome outcome, bool isHttp, int retries)
    {
        switch (outcome)
        {
            case HandshakeOutcome.Plaintext or HandshakeOutcome.Mutual:
                return new ConnectionReport(isHttp ? 200 : 0, 1, "", isHttp ? "via_upstream" : "", true);
            case HandshakeOutcome.ClientRefuses:
                LocalReply failure = LocalReply.UpstreamReset(ResetReason.RemoteConnectionFailure, retries > 0);
                return isHttp ? new ConnectionReport(failure.Code, 1 + retries, retries > 0 ? "URX,UF" : "UF",
                        failure.Details, false)
                    : new ConnectionReport(0, 1, "UF,URX", "", false);
            default:
                LocalReply ended = LocalReply.UpstreamReset(ResetReason.ConnectionTermination, false);
                return isHttp ? new ConnectionReport(ended.Code, 1, "UC", ended.Details, false)
                    : new ConnectionReport(0, 1, outcome == HandshakeOutcome.PlaintextRefused ? "UR" : "", "", false);
        }
    }
}
