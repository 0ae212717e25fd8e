using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>The EndpointSlices of services with selectors: the same object while the service and all of its pods are
/// what they were.</summary>
internal sealed class SliceBook
{
    private readonly Dictionary<string, (Service Service, PodStamp[] Members, EndpointSlice Slice)> _slices =
        new(StringComparer.Ordinal);

    /// <summary>The slice of a service.</summary>
    /// <param name="service">A service with a selector.</param>
    /// <param name="members">Its pods in order of creation.</param>
    public EndpointSlice SliceOf(Service service, IReadOnlyList<PodEntry> members)
    {
        string key = service.Namespace + "/" + service.Name;
        PodStamp[] stamps = [.. members.Select(static p => p.Stamp)];
        if (_slices.TryGetValue(key, out (Service Service, PodStamp[] Members, EndpointSlice Slice) last)
            && ReferenceEquals(last.Service, service) && last.Members.AsSpan().SequenceEqual(stamps))
        {
            return last.Slice;
        }

        EndpointSlice slice = PodObjects.WriteSlice(service, members);
        _slices[key] = (service, stamps, slice);
        return slice;
    }
}
