using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Every sequence of taking and giving back of places up to a length, against plain counting.</summary>
internal sealed class BreakerExhaustiveTests
{
    private static readonly BreakerResource[] s_resources =
    [
        BreakerResource.Connections, BreakerResource.PendingRequests, BreakerResource.Requests,
        BreakerResource.Retries,
    ];

    [Test]
    public void Places_EverySequenceOfOneResourceUpToEightSteps_EqualCounting([ValueSource(nameof(s_resources))]
        BreakerResource resource, [Values] bool isHigh, [Values(0u, 1u, 3u)] uint max)
    {
        var limits = new CircuitBreakerThresholds
        {
            MaxConnections = max, MaxPendingRequests = max, MaxRequests = max, MaxRetries = max,
        };
        for (int length = 1; length <= 8; length++)
        {
            for (int steps = 0; steps < 1 << length; steps++)
            {
                var breakers = isHigh ? new CircuitBreakers(CircuitBreakerThresholds.Unlimited, limits)
                    : new CircuitBreakers(limits, CircuitBreakerThresholds.Unlimited);
                int taken = 0;
                for (int k = 0; k < length; k++)
                {
                    bool isTake = (steps >> k & 1) == 1;
                    if (!isTake && taken == 0)
                    {
                        Assert.That(() => breakers.Decrement(resource, isHigh), Throws.InvalidOperationException);
                        break;
                    }

                    taken += isTake ? 1 : -1;
                    Step(breakers, resource, isHigh, isTake);
                    AssertPlaces(breakers, resource, isHigh, taken, max);
                }
            }
        }
    }

    /// <summary>Requests, pending ones and retries of both priorities under a budget.</summary>
    [Test]
    public void Budget_EverySequenceOfSixSteps_EqualsCounting([Values(0.0, 20.0, 50.0, 100.0)] double percent,
        [Values(0u, 1u, 3u)] uint least)
    {
        var limits = new CircuitBreakerThresholds { RetryBudget = new RetryBudget(percent, least), MaxRetries = 1 };
        const int Kinds = 6;
        for (int i = 0; i < Kinds * Kinds * Kinds * Kinds * Kinds * Kinds; i++)
        {
            var breakers = new CircuitBreakers(limits, CircuitBreakerThresholds.EnvoyDefault);
            var counts = new int[3];
            for (int k = 0, rest = i; k < 6; k++, rest /= Kinds)
            {
                int what = rest % 3;
                bool isTake = rest % Kinds >= 3;
                if (!isTake && counts[what] == 0)
                {
                    continue;
                }

                counts[what] += isTake ? 1 : -1;
                Step(breakers, s_resources[what + 1], isHigh: false, isTake);
            }

            // Resources 1 and 2 are pending and active requests.
            long budget = Math.Max((int)percent * (counts[0] + counts[1]) / 100, (int)least);
            bool isRight = breakers.CanCreate(BreakerResource.Retries, false) == counts[2] < budget
                && breakers.MaxRetries(false) == budget
                && breakers.Remaining(BreakerResource.Retries, false) == Math.Max(0, budget - counts[2])
                && breakers.MaxRetries(true) == 3;
            if (!isRight)
            {
                Assert.Fail("pending, active, retries: " + string.Join(' ', counts));
            }
        }
    }

    [Test]
    public void CanConnect_EveryCountOfHostAndCluster_NeedsRoomInBoth([Range(0, 3)] int ofHost, [Range(0, 3)] int all,
        [Values] bool isHigh)
    {
        var limits = new CircuitBreakerThresholds { MaxConnections = 3, MaxConnectionsPerHost = 2 };
        CircuitBreakers breakers = isHigh ? new(CircuitBreakerThresholds.Unlimited, limits)
            : new(limits, CircuitBreakerThresholds.Unlimited);
        for (int i = 0; i < all; i++)
        {
            breakers.Increment(BreakerResource.Connections, isHigh);
        }

        Assert.That(breakers.CanConnect(ofHost, isHigh), Is.EqualTo(ofHost < 2 && all < 3));
        Assert.That(breakers.CanConnect(1000, !isHigh), Is.True);
    }

    private static void Step(CircuitBreakers breakers, BreakerResource resource, bool isHigh, bool isTake)
    {
        if (isTake)
        {
            breakers.Increment(resource, isHigh);
        }
        else
        {
            breakers.Decrement(resource, isHigh);
        }
    }

    private static void AssertPlaces(
        CircuitBreakers breakers, BreakerResource resource, bool isHigh, int taken, uint max)
    {
        foreach (BreakerResource other in s_resources)
        {
            bool isRight = breakers.Count(other, isHigh) == (other == resource ? taken : 0)
                && breakers.Count(other, !isHigh) == 0
                && breakers.CanCreate(other, isHigh) == ((other == resource ? taken : 0) < max)
                && breakers.CanCreate(other, !isHigh)
                && breakers.Open(other, isHigh) == ((other == resource ? taken : 0) >= max ? 1 : 0)
                && breakers.Remaining(other, isHigh) == Math.Max(0, max - (other == resource ? taken : 0));
            if (!isRight)
            {
                Assert.Fail($"{other} with {taken} of {resource} taken");
            }
        }
    }
}
