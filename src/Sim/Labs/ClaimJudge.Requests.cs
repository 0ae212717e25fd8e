using System.Globalization;

namespace Sim.Labs;

/// <content>Claims about how requests end.</content>
internal sealed partial class ClaimJudge
{
    /// <summary>Five standard deviations: the chance that a fair share of n requests lies outside is below
    /// 1e-6.</summary>
    private const double Deviations = 5;

    /// <summary>How requests ended, in words.</summary>
    internal static string Told(LabTrial request)
    {
        string of = request.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" of {request.Count}") : "";
        return request.Answers.Count == 0 ? "the request did not end"
            : string.Join("; ", request.Answers.Select(a => (request.Count > 1
                ? a.Count.ToString(CultureInfo.InvariantCulture) + of + ": " : "") + Told(a)));
    }

    private static string Told(LabAnswer a)
    {
        if (a.Code == 0)
        {
            string why = a.Disposition switch
            {
                "NAME_NOT_RESOLVED" => "the name does not resolve, nothing is sent",
                "CLIENT_ERROR" => "curl refuses its own command line, nothing is sent",
                _ => a.Disposition.ToLowerInvariant().Replace('_', ' '),
            };
            return string.Create(CultureInfo.InvariantCulture, $"curl exits with {a.Exit}: {why}");
        }

        string flags = a.Flags.Length > 0 && a.Flags != "-" ? " " + a.Flags : "";
        string version = a.ServedVersion.Length > 0 ? " " + a.ServedVersion : "";
        string served = a.ServedWorkload.Length > 0 ? $" from {a.ServedWorkload}{version} in {a.ServedCluster}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{a.Code}{flags}{served}");
    }

    private static bool IsSuccess(LabAnswer a) => a.Code is >= 200 and < 400;

    private static bool IsDenied(LabAnswer a) => a.Disposition is "DENIED_RBAC" or "DENIED_JWT" or "PLAINTEXT_REFUSED";

    private Finding OfRequest(LabTrial request, ClaimForm form)
    {
        string told = Told(request);
        if (request.Answers.Count == 0)
        {
            return Unknown(told, Span(request.Line));
        }

        bool All(Func<LabAnswer, bool> holds) => request.Answers.All(holds);
        bool? isHeld = form.Kind switch
        {
            "status" => All(a => form.Numbers.Contains(a.Code) != form.IsNegated),
            "exit" => All(a => form.Numbers.Contains(a.Exit) != form.IsNegated),
            "answered" => All(IsSuccess),
            "denied" => All(IsDenied),
            "served-by" when form.Share is { } share =>
                IsShare(request, share, a => form.Place!.Clusters.Contains(a.ServedCluster)) != form.IsNegated,
            "served-by" => All(a => IsSuccess(a) && form.Place!.Clusters.Contains(a.ServedCluster) != form.IsNegated),
            "local" => All(a => IsSuccess(a) && (a.ServedCluster == ClusterOf(request)) != form.IsNegated),
            "failover" => All(a => IsSuccess(a) && (a.ServedCluster != ClusterOf(request)) != form.IsNegated),
            "version" => IsOfVersion(request, form),
            _ => null,
        };
        if (isHeld is null)
        {
            return Unknown($"{told}; nothing says which pods are the {form.Version} version", request.Deciding);
        }

        if (form.Kind == "version" && isHeld == false && request.Answers.All(static a => a.ServedVersion.Length == 0))
        {
            told += request.Answers.Any(IsSuccess) ? "; none of these pods has a label version" : "";
        }

        bool isUnsent = form.Kind == "denied" && isHeld == false && All(static a => a.Code == 0 && !IsDenied(a));
        bool isOther = form.Kind == "denied" && isHeld == false && !isUnsent && All(static a => !IsSuccess(a));
        return Of(isHeld.Value, isUnsent ? told + "; so nothing denied it"
            : isOther ? told + "; it fails, but no policy denied it" : told, request.Deciding);
    }

    private static string ClusterOf(LabTrial request) => request.From.Split('/')[0];

    /// <summary>Whether the share that a version should get is in reach of chance; null when nobody knows which pods
    /// are meant.</summary>
    private static bool? IsOfVersion(LabTrial request, ClaimForm form)
    {
        if (request.Answers.All(static a => !IsSuccess(a)))
        {
            return false;
        }

        bool isOneKind = request.Answers.DistinctBy(static a => (a.ServedWorkload, a.ServedVersion)).Count() == 1;
        if (!form.Version.StartsWith('v'))
        {
            // Which pods are new nobody says; but where all are of one kind, none of them is.
            bool isPart = form.Version is "new" or "canary" || form.Share is > 0 and < 1;
            return isOneKind && isPart && request.Answers[0].ServedVersion.Length == 0 ? false : null;
        }

        return IsShare(request, form.Share ?? 1, a => a.ServedVersion == form.Version) != form.IsNegated;
    }

    /// <summary>Whether the share of answers that are of a kind is what chance gives for a stated share.</summary>
    private static bool IsShare(LabTrial request, double share, Func<LabAnswer, bool> isOf)
    {
        int n = request.Count;
        int served = request.Answers.Where(a => IsSuccess(a) && isOf(a)).Sum(static a => a.Count);
        double slack = Deviations * Math.Sqrt(n * share * (1 - share));
        return Math.Abs(served - (n * share)) <= slack;
    }

    /// <summary>Requests of several lines as those of one.</summary>
    private static LabTrial Together(IReadOnlyList<LabTrial> requests) => requests[0] with
    {
        Answers =
        [
            .. requests.SelectMany(static r => r.Answers).GroupBy(static a => a with { Count = 0 })
                .Select(static g => g.Key with { Count = g.Sum(static a => a.Count) })
                .OrderByDescending(static a => a.Count).ThenBy(static a => a.ServedCluster, StringComparer.Ordinal)
                .ThenBy(static a => a.ServedWorkload, StringComparer.Ordinal),
        ],
    };
}
