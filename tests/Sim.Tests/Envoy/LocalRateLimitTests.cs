using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>The token bucket: what passes, what is counted, how tokens come back.</summary>
internal sealed class LocalRateLimitTests
{
    private const long Second = SimDuration.Second;

    private static readonly FractionalPercent s_never = new(0, 100);

    private static readonly LocalRateLimitConfig s_two = new() { MaxTokens = 2, FillIntervalNs = Second };

    [Test]
    public void A_full_bucket_lets_its_tokens_pass_and_refuses_the_rest()
    {
        var limit = new LocalRateLimit(s_two, 0);
        Assert.That(Ask(limit, 0, 4), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That((limit.RateLimited, limit.Enforced), Is.EqualTo((2L, 2L)));
    }

    [Test]
    public void Tokens_come_back_continuously()
    {
        var limit = new LocalRateLimit(s_two with { TokensPerFill = 4 }, 0);
        Ask(limit, 0, 2);
        Assert.That(Ask(limit, (Second / 4) - 1, 1), Is.EqualTo(new[] { false }));
        Assert.That(Ask(limit, Second / 4, 2), Is.EqualTo(new[] { true, false }));
        Assert.That(Ask(limit, (3 * Second / 8), 1), Is.EqualTo(new[] { false }));
        Assert.That(Ask(limit, Second / 2, 2), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void The_bucket_holds_no_more_than_its_size()
    {
        var limit = new LocalRateLimit(s_two, 0);
        Ask(limit, 0, 2);
        Assert.That(Ask(limit, 100 * Second, 3), Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void A_bucket_counts_from_the_time_it_was_made()
    {
        var limit = new LocalRateLimit(s_two, 50 * Second);
        Ask(limit, 50 * Second, 2);
        Assert.That(Ask(limit, (51 * Second) - 1, 1), Is.EqualTo(new[] { false }));
        Assert.That(Ask(limit, 51 * Second, 1), Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Requests_that_do_not_ask_take_no_token()
    {
        var limit = new LocalRateLimit(s_two with { MaxTokens = 1, Enabled = s_never }, 0);
        Assert.That(Ask(limit, 0, 3), Is.All.True);
        Assert.That((limit.RateLimited, limit.Enforced), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void A_limit_that_is_not_enforced_counts_and_lets_pass()
    {
        var limit = new LocalRateLimit(s_two with { Enforced = s_never }, 0);
        Assert.That(Ask(limit, 0, 5), Is.All.True);
        Assert.That((limit.RateLimited, limit.Enforced), Is.EqualTo((3L, 0L)));
    }

    [Test]
    public void Shares_are_drawn_and_whole_ones_are_not()
    {
        var half = new FractionalPercent(50, 100);
        var limit = new LocalRateLimit(s_two with { MaxTokens = 1, Enforced = half }, 0);
        int passed = Ask(limit, 0, 2001).Count(static x => x);
        Assert.That(limit.RateLimited, Is.EqualTo(2000));
        Assert.That(limit.Enforced, Is.EqualTo(2001 - passed));
        Assert.That(passed, Is.InRange(900, 1100));
        var used = new RngStream(7);
        var whole = new LocalRateLimit(s_two with { Enforced = s_never }, 0);
        Assert.That(whole.Allows(0, used), Is.True);
        Assert.That(used.NextUInt64(), Is.EqualTo(new RngStream(7).NextUInt64()));
    }

    [Test]
    public void The_refusal_has_the_status_stated_for_it()
    {
        LocalReply reply = new LocalRateLimit(s_two with { Status = 503, IsResourceExhausted = true }, 0).Reply;
        Assert.That((reply.Code, reply.Flag, reply.GrpcStatus), Is.EqualTo((503, ResponseFlag.RateLimited, 8)));
        Assert.That((new LocalRateLimit(s_two, 0).Reply.Code, reply.Body), Is.EqualTo((429, "local_rate_limited")));
    }

    private static bool[] Ask(LocalRateLimit limit, long nowNs, int times)
    {
        var rng = new RngStream(7);
        return [.. Enumerable.Range(0, times).Select(_ => limit.Allows(nowNs, rng))];
    }
}
