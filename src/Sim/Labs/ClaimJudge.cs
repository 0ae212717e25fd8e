using System.Globalization;
using Sim.Core;

namespace Sim.Labs;

/// <summary>Holds claims against what happened.</summary>
/// <remarks>A claim about requests is held against the requests of the lines it is about; where these send none,
/// against the trials of the resources they apply; else it cannot be judged. It holds when it holds for every one of
/// them. A claim in a manifest that is refused does not hold.</remarks>
internal sealed partial class ClaimJudge(string file, LabExercise exercise, PlaceNames places)
{
    /// <summary>Judges a claim.</summary>
    public LabClaim Judge(ClaimText claim)
    {
        ClaimForm form = claim.Place == ClaimPlace.Output ? ClaimForms.OutputOf(claim.Text)
            : ClaimForms.Of(claim.Text, places);
        if (form == ClaimForms.None)
        {
            return new LabClaim(claim.Line, claim.Text, form.Kind, LabVerdict.NotJudged, "", SourceSpan.None);
        }

        Finding found = form.Kind switch
        {
            "conditional" => Unknown("the sentence sets a condition"),
            "refused" or "stored" => Applied(claim, form),
            "enforced" => Enforced(claim),
            "same" => Same(claim),
            _ => OfRequests(claim, form),
        };
        return new LabClaim(claim.Line, claim.Text, form.Kind, found.Verdict, found.Why, found.Deciding);
    }

    private static Finding Unknown(string why, SourceSpan at = default) => new(LabVerdict.CannotBeJudged, why, at);

    private static Finding Of(bool isHeld, string why, SourceSpan at) =>
        new(isHeld ? LabVerdict.Holds : LabVerdict.DoesNotHold, why, at);

    private SourceSpan Span(int line) => new(file, line, 1);

    private static bool IsAbout(ClaimText claim, int line) =>
        claim.From == 0 || (line >= claim.From && line <= claim.To);

    /// <summary>Whether lines were accepted or refused, as the claim says.</summary>
    private Finding Applied(ClaimText claim, ClaimForm form)
    {
        LabStep? step = claim.From > 0 ? exercise.Steps.LastOrDefault(s => s.Line >= claim.From && s.Line <= claim.To)
            : exercise.Steps.LastOrDefault(s => s.Line < claim.Line && IsChange(s))
                ?? exercise.Steps.FirstOrDefault(IsChange);
        if (step is null || step.Outcome is LabOutcome.NotCarriedOut or LabOutcome.Sent)
        {
            return Unknown("no line that applies something is carried out here");
        }

        bool isRefused = step.Outcome is LabOutcome.Refused or LabOutcome.Failed;
        return Of(isRefused == (form.Kind == "refused"), isRefused ? ReasonOf(step)
            : "it is accepted", Span(step.Line));
    }

    private static bool IsChange(LabStep step) =>
        step.Outcome is LabOutcome.Done or LabOutcome.Refused or LabOutcome.Failed;

    private static string ReasonOf(LabStep step)
    {
        Diagnostic? error = step.Findings.FirstOrDefault(static d => d.Severity == Severity.Error);
        string why = error?.Message ?? (step.Did.Count > 0 ? step.Did[^1] : "");
        string word = step.Outcome == LabOutcome.Refused ? "it is refused" : "it fails";
        return why.Length > 0 ? word + ": " + why : word;
    }

    /// <summary>Whether every policy of the exercise is there and governs a proxy.</summary>
    private Finding Enforced(ClaimText claim)
    {
        List<LabResource> policies = [.. exercise.Resources.Where(r => IsAbout(claim, r.Line) && IsPolicy(r))];
        if (policies.Count == 0)
        {
            return Unknown("no policy is applied here");
        }

        foreach (LabResource r in policies)
        {
            if (!r.IsStored)
            {
                return Of(false, $"{r.Resource} is not stored in {r.Cluster}", Span(r.Line));
            }

            if (r.Effect.EndsWith("enforces nothing", StringComparison.Ordinal))
            {
                return Of(false, $"{r.Resource} in {r.Cluster} {r.Effect}", Span(r.Line));
            }
        }

        string count = policies.Count.ToString(CultureInfo.InvariantCulture);
        return Of(true, $"{count} of {count} policies are stored and govern pods with a sidecar; whether they say what "
            + "is meant is another question", Span(policies[0].Line));
    }

    private static bool IsPolicy(LabResource r) =>
        r.Resource.Split(' ')[0] is "AuthorizationPolicy" or "PeerAuthentication" or "RequestAuthentication";

    /// <summary>Whether lines that look at several clusters see the same names.</summary>
    private Finding Same(ClaimText claim)
    {
        List<LabStep> looks = [.. exercise.Steps.Where(s => IsAbout(claim, s.Line) && s.Outcome == LabOutcome.NoEffect
            && s.Text.Contains(" get ", StringComparison.Ordinal) && s.Did.Count > 0)];
        if (looks.Select(static s => s.Cluster).Distinct().Count() < 2)
        {
            return Unknown("no lines here look at the same kind in two clusters");
        }

        LabStep first = looks[0];
        LabStep? other = looks.Find(s => !s.Did.SequenceEqual(first.Did));
        LabStep? unequal = looks.Find(s => s.Seen != first.Seen);
        return other is null && unequal is not null
            ? Of(false,
            $"{string.Join("; ", first.Did)} says something else in {unequal.Cluster} than in {first.Cluster}",
                Span(unequal.Line))
            : other is null ? Of(true, $"{string.Join("; ", first.Did)} says the same in all of them", Span(first.Line))
            : Of(false,
            $"{first.Cluster} shows {string.Join("; ", first.Did)}, {other.Cluster} {string.Join("; ", other.Did)}",
                Span(other.Line));
    }

    private Finding OfRequests(ClaimText claim, ClaimForm form)
    {
        LabResource? refused = claim.Place == ClaimPlace.Manifest
            ? exercise.Resources.FirstOrDefault(r => claim.Line >= r.Line && claim.Line <= r.EndLine && !r.IsStored)
            : null;
        if (refused is not null)
        {
            return Of(false, $"{refused.Resource} is refused", Span(refused.Line));
        }

        IReadOnlyList<LabTrial> requests = RequestsOf(claim);
        if (form.Share is not null && claim.Place != ClaimPlace.Manifest)
        {
            // A share of all is what the route without a match gives.
            List<LabTrial> unmatched =
                [.. requests.Where(static r => r.What.EndsWith("default route", StringComparison.Ordinal))];
            requests = unmatched.Count > 0 ? unmatched : requests;
        }

        if (requests.Count == 0)
        {
            LabStep? failed = exercise.Steps.FirstOrDefault(s => claim.From > 0 && IsAbout(claim, s.Line)
                && s.Outcome is LabOutcome.Failed or LabOutcome.NotCarriedOut);
            return failed is null ? Unknown("no request is sent here") : Unknown("line "
                + failed.Line.ToString(CultureInfo.InvariantCulture) + (failed.Outcome == LabOutcome.Failed
                    ? " fails: " + string.Join("; ", failed.Did) : " is not carried out"), Span(failed.Line));
        }

        if (claim.Place == ClaimPlace.Manifest && requests[0].Overruled.Length > 0)
        {
            return Of(false,
                $"{requests[0].What}: not this route decides but {requests[0].Overruled}; {Told(requests[0])}",
                requests[0].Deciding);
        }

        if (claim.Index >= 0 && claim.Answers == requests.Count)
        {
            requests = [requests[claim.Index]];
        }
        else if (form.Share is not null && requests.Count > 1 && requests.All(static r => r.What.Length == 0))
        {
            requests = [Together(requests)];
        }

        Finding last = Unknown("");
        foreach (LabTrial request in requests)
        {
            last = OfRequest(request, form);
            if (last.Verdict != LabVerdict.Holds)
            {
                break;
            }
        }

        return last;
    }

    /// <summary>The requests a claim is about.</summary>
    private IReadOnlyList<LabTrial> RequestsOf(ClaimText claim)
    {
        if (claim.Place == ClaimPlace.Manifest)
        {
            // A comment in a route is about that route: the next one that is tried.
            LabTrial? next = exercise.Trials.FirstOrDefault(t => t.Line >= claim.Line && t.Line <= claim.To);
            return next is null ? [] : [next];
        }

        List<LabTrial> sent = [.. exercise.Steps.Where(s => IsAbout(claim, s.Line)).Select(static s => s.Request)
            .OfType<LabTrial>()];
        if (sent.Count > 0)
        {
            // Prose is about the line of the last request before it, every time a loop sends it.
            int line = (sent.LastOrDefault(r => r.Line < claim.Line) ?? sent[0]).Line;
            return claim.From > 0 ? sent : [.. sent.Where(r => r.Line == line)];
        }

        return [.. exercise.Trials.Where(t => IsAbout(claim, t.Line))];
    }

    private sealed record Finding(LabVerdict Verdict, string Why, SourceSpan Deciding);
}
