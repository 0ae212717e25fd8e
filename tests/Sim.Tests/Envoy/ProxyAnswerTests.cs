using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Names of flags, texts of resets and answers of a proxy, as the page on resilience lists them.</summary>
internal sealed class ProxyAnswerTests
{
    /// <summary>Section 9: short and long name.</summary>
    private const string Flags = """
        LH FailedLocalHealthCheck
        UH NoHealthyUpstream
        UT UpstreamRequestTimeout
        LR LocalReset
        UR UpstreamRemoteReset
        UF UpstreamConnectionFailure
        UC UpstreamConnectionTermination
        UO UpstreamOverflow
        NR NoRouteFound
        DI DelayInjected
        FI FaultInjected
        RL RateLimited
        UAEX UnauthorizedExternalService
        RLSE RateLimitServiceError
        DC DownstreamConnectionTermination
        URX UpstreamRetryLimitExceeded
        SI StreamIdleTimeout
        IH InvalidEnvoyRequestHeaders
        DPE DownstreamProtocolError
        UMSDR UpstreamMaxStreamDurationReached
        RFCF ResponseFromCacheFilter
        NFCF NoFilterConfigFound
        DT DurationTimeout
        UPE UpstreamProtocolError
        NC NoClusterFound
        OM OverloadManagerTerminated
        DF DnsResolutionFailed
        DO DropOverload
        DR DownstreamRemoteReset
        UDO UnconditionalDropOverload
        """;

    private static string[][] Rows => [.. Flags.Split('\n').Select(static l => l.Trim().Split(' '))];

    private static IEnumerable<TestCaseData> Resets()
    {
        static TestCaseData Case(ResetReason reason, string text, string flag) => new(reason, text, flag);
        yield return Case(ResetReason.LocalConnectionFailure, "local connection failure", "UF");
        yield return Case(ResetReason.RemoteConnectionFailure, "remote connection failure", "UF");
        yield return Case(ResetReason.ConnectionTimeout, "connection timeout", "UF");
        yield return Case(ResetReason.ConnectionTermination, "connection termination", "UC");
        yield return Case(ResetReason.LocalReset, "local reset", "LR");
        yield return Case(ResetReason.LocalRefusedStreamReset, "local refused stream reset", "LR");
        yield return Case(ResetReason.RemoteReset, "remote reset", "UR");
        yield return Case(ResetReason.RemoteRefusedStreamReset, "remote refused stream reset", "UR");
        yield return Case(ResetReason.ConnectError, "remote error with CONNECT request", "UR");
        yield return Case(ResetReason.Overflow, "overflow", "UO");
        yield return Case(ResetReason.ProtocolError, "protocol error", "UPE");
        yield return Case(ResetReason.OverloadManager, "overload manager reset", "OM");
        yield return Case(ResetReason.Http1PrematureUpstreamHalfClose, "HTTP/1 premature upstream half close", "LR");
    }

    [Test]
    public void Names_EveryFlag_AreThoseOfTheAccessLog()
    {
        Assert.That(Rows, Has.Length.EqualTo(Enum.GetValues<ResponseFlag>().Length - 1));
        foreach (string[] row in Rows)
        {
            var flag = Enum.Parse<ResponseFlag>(row[1]);
            Assert.That(ResponseFlags.ShortName(flag), Is.EqualTo(row[0]));
            Assert.That(ResponseFlags.LongName(flag), Is.EqualTo(row[1]));
            Assert.That(ResponseFlags.Of(flag).ToString(), Is.EqualTo(row[0]));
        }

        Assert.That(ResponseFlags.None.ToString(), Is.EqualTo("-"));
        Assert.That(ResponseFlags.LongName(ResponseFlag.None), Is.Empty);
    }

    [Test]
    public void With_SeveralFlags_KeepsTheirOrderAndEachOnce()
    {
        ResponseFlags flags = ResponseFlags.Of(
            ResponseFlag.UpstreamRetryLimitExceeded, ResponseFlag.UpstreamConnectionFailure);
        Assert.That(flags.ToString(), Is.EqualTo("URX,UF"));
        Assert.That(flags.With(ResponseFlag.UpstreamRetryLimitExceeded), Is.EqualTo(flags));
        Assert.That(flags.With(ResponseFlag.None), Is.EqualTo(flags));
        ResponseFlags more = flags.With(
            ResponseFlags.Of(ResponseFlag.UpstreamConnectionFailure, ResponseFlag.DelayInjected));
        Assert.That(more.ToString(), Is.EqualTo("URX,UF,DI"));
        Assert.That((more.Has(ResponseFlag.DelayInjected), more.Has(ResponseFlag.FaultInjected)),
            Is.EqualTo((true, false)));
        Assert.That(flags.Has(ResponseFlag.None), Is.False);
    }

    [Test]
    public void With_MoreThanEightFlags_Throws()
    {
        ResponseFlags flags = Enumerable.Range(1, 8).Aggregate(
            ResponseFlags.None, static (all, i) => all.With((ResponseFlag)i));
        Assert.That(flags.ToString(), Is.EqualTo("LH,UH,UT,LR,UR,UF,UC,UO"));
        Assert.That(() => flags.With(ResponseFlag.DelayInjected), Throws.InvalidOperationException);
        Assert.That(flags.With((ResponseFlag)8), Is.EqualTo(flags));
    }

    [TestCaseSource(nameof(Resets))]
    public void UpstreamReset_EveryReason_HasItsTextFlagAndDetails(ResetReason reason, string text, string flag)
    {
        foreach (bool isRetry in new[] { false, true })
        {
            LocalReply reply = LocalReply.UpstreamReset(reason, isRetry);
            Assert.That(reply.Code, Is.EqualTo(flag == "UPE" ? 502 : 503));
            Assert.That(reply.Body, Is.EqualTo(
                "upstream connect error or disconnect/reset before headers. "
                + (isRetry ? "retried and the latest reset reason: " : "reset reason: ") + text));
            Assert.That(reply.IsOverloaded, Is.EqualTo(flag == "UO"));
            Assert.That(ResponseFlags.ShortName(reply.Flag), Is.EqualTo(flag));
            string underscored = text.Replace(' ', '_');
            Assert.That(reply.Details, Is.EqualTo("upstream_reset_before_response_started{" + underscored + "}"));
            Assert.That(LocalReply.UpstreamReset(reason, isRetry, "TLS error").Details,
                Is.EqualTo("upstream_reset_before_response_started{" + underscored + "|TLS_error}"));
            Assert.That(LocalReply.UpstreamReset(reason, isRetry, ""), Is.EqualTo(reply));
            Assert.That(LocalReply.UpstreamResetAfterHeaders(reason),
                Is.EqualTo("upstream_reset_after_response_started{" + underscored + "}"));
        }

        Assert.That(reason.Flag(), Is.EqualTo(LocalReply.UpstreamReset(reason, false).Flag));
        Assert.That(reason.IsConnectionFailure(), Is.EqualTo(flag == "UF"));
        Assert.That(reason.OutlierReport(), Is.EqualTo(
            flag == "UO" ? (OutlierResult?)null : OutlierResult.LocalOriginConnectFailed));
    }

    [Test]
    public void Flag_OfNoReset_Throws() =>
        Assert.That(() => ResetReason.None.Flag(), Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>Code, flag, body and details of the answers of sections 1, 5, 8 and 9.</summary>
    [Test]
    public void Replies_EachSituation_AreAsListed()
    {
        (LocalReply Reply, int Code, string Flag, string Body, string Details)[] rows =
        [
            (LocalReply.NoRoute, 404, "NR", "", "route_not_found"),
            (LocalReply.NoCluster, 503, "NC", "", "cluster_not_found"),
            (LocalReply.NoClusterWith(404), 404, "NC", "", "cluster_not_found"),
            (LocalReply.NoClusterWith(503), 503, "NC", "", "cluster_not_found"),
            (LocalReply.NoHealthyUpstream, 503, "UH", "no healthy upstream", "no_healthy_upstream"),
            (LocalReply.MaintenanceMode, 503, "UO", "maintenance mode", "maintenance_mode"),
            (LocalReply.DropOverload, 503, "DO", "drop overload", "drop_overload"),
            (LocalReply.UnconditionalDropOverload, 503, "UDO", "unconditional drop overload",
                "unconditional_drop_overload"),
            (LocalReply.RouteTimeout, 504, "UT", "upstream request timeout", "response_timeout"),
            (LocalReply.PerTryTimeout, 504, "UT", "upstream request timeout", "upstream_per_try_timeout"),
            (LocalReply.PerTryIdleTimeout, 504, "UT", "upstream request timeout", "upstream_per_try_idle_timeout"),
            (LocalReply.UpstreamMaxStreamDuration, 504, "UMSDR", "upstream max stream duration reached",
                "upstream_max_stream_duration_reached"),
            (LocalReply.RouteMaxStreamDuration, 504, "-", "downstream duration timeout", "max_duration_timeout"),
            (LocalReply.StreamIdle, 504, "SI", "stream timeout", "stream_idle_timeout"),
            (LocalReply.RequestIdle, 408, "SI", "stream timeout", "stream_idle_timeout"),
            (LocalReply.RetryBufferExceeded, 507, "-", "exceeded request buffer limit while retrying upstream",
                "request_payload_exceeded_retry_buffer_limit"),
            (LocalReply.PathRefused, 400, "-", "", "path_normalization_failed"),
            (LocalReply.MissingHost, 400, "-", "", "missing_host_header"),
            (LocalReply.ProtocolRefused("http1.codec_error"), 400, "DPE", "Bad Request", "http1.codec_error"),
            (LocalReply.Overloaded, 503, "OM", "envoy overloaded", "overload"),
            (LocalReply.InvalidEnvoyHeader("n", "v"), 400, "IH", "invalid header 'n' with value 'v'",
                "request_headers_failed_strict_check{n}"),
            (LocalReply.RbacDenied("d"), 403, "-", "RBAC: access denied", "d"),
            (LocalReply.TokenRefused("Jwt is missing", false), 401, "-", "Jwt is missing",
                "jwt_authn_access_denied{Jwt_is_missing}"),
            (LocalReply.TokenRefused("Audiences in Jwt are not allowed", true), 403, "-",
                "Audiences in Jwt are not allowed", "jwt_authn_access_denied{Audiences_in_Jwt_are_not_allowed}"),
            (LocalReply.ExternallyDenied(403, "no"), 403, "UAEX", "no", "ext_authz_denied"),
            (LocalReply.ExternalAuthorizerFailed(403), 403, "UAEX", "", "ext_authz_error"),
            (LocalReply.RateLimited(429, false), 429, "RL", "local_rate_limited", "local_rate_limited"),
            (LocalReply.Direct(200, "hi"), 200, "-", "hi", "direct_response"),
        ];
        foreach ((LocalReply reply, int code, string flag, string body, string details) in rows)
        {
            Assert.That((reply.Code, ResponseFlags.ShortName(reply.Flag), reply.Body, reply.Details),
                Is.EqualTo((code, flag, body, details)));
            Assert.That(reply.IsOverloaded, Is.EqualTo(reply == LocalReply.MaintenanceMode), details);
            Assert.That((reply.CodeFor(true), reply.CodeFor(false)), Is.EqualTo((200, code)));
            Assert.That((reply.BodyFor(true), reply.BodyFor(false)), Is.EqualTo(("", body)));
        }
    }

    /// <summary>Section 5: 14 for 503 and 504; 4 for a maximum stream duration; 8 where asked for.</summary>
    [Test]
    public void GrpcStatus_OfAnswers_IsMapped()
    {
        Assert.That(LocalReply.NoHealthyUpstream.GrpcStatus, Is.EqualTo(14));
        Assert.That(LocalReply.RouteTimeout.GrpcStatus, Is.EqualTo(14));
        Assert.That(LocalReply.RouteMaxStreamDuration.GrpcStatus, Is.EqualTo(4));
        Assert.That(LocalReply.RateLimited(429, true).GrpcStatus, Is.EqualTo(8));
        Assert.That(LocalReply.RateLimited(429, false).GrpcStatus, Is.EqualTo(14));
        Assert.That(LocalReply.NoRoute.GrpcStatus, Is.EqualTo(12));
        Assert.That(LocalReply.NoClusterWith(404).GrpcStatus, Is.EqualTo(12));
        Assert.That(LocalReply.RbacDenied("d").GrpcStatus, Is.EqualTo(7));
        Assert.That(LocalReply.TokenRefused("x", false).GrpcStatus, Is.EqualTo(16));
        Assert.That(LocalReply.PathRefused.GrpcStatus, Is.EqualTo(13));
        Assert.That(LocalReply.RequestIdle.GrpcStatus, Is.EqualTo(2));
    }

    /// <summary>Section 2.2: the code that outlier detection hears for each gRPC status.</summary>
    [Test]
    public void GrpcToHttpCode_EveryStatus_IsThatOfThePage()
    {
        int[] codes = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
        Assert.That(Enumerable.Range(0, 17).Select(LocalReply.GrpcToHttpCode), Is.EqualTo(codes));
        Assert.That((LocalReply.GrpcToHttpCode(17), LocalReply.GrpcToHttpCode(-1)), Is.EqualTo((500, 500)));
        var grpc = new ResponseHeaders(200, [new("grpc-status", "14")]);
        Assert.That((grpc.OutlierCode(true), grpc.OutlierCode(false)), Is.EqualTo((503, 200)));
        Assert.That(new ResponseHeaders(200, null).OutlierCode(true), Is.EqualTo(200));
    }
}
